#pragma once

#include <exception>
#include <new>
#include <optional>

#include "engine/check.h"

namespace deepobs {

/// Runs `work`; what it throws becomes an Error.
template <class Work>
std::optional<Error> caught(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error(Fault::memory, "the machine has no memory left");
  } catch (const std::exception& error) {
    return Error(Fault::internal, error.what());
  } catch (...) {
    return Error(Fault::internal, "something was thrown that is no std::exception and says nothing of itself");
  }
  return {};
}

}  // namespace deepobs
