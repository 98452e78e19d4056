#pragma once

#include <exception>
#include <new>
#include <optional>
#include <system_error>

#include "engine/base/check.h"

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
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::resource_unavailable_try_again)  // of std::thread
      return Error(Fault::memory,
                   "the system allows no more threads, or has no memory for their stacks (ulimit -u, -v)");
    return Error(Fault::internal, error.what());
  } catch (const std::exception& error) {
    return Error(Fault::internal, error.what());
  } catch (...) {
    return Error(Fault::internal, "something was thrown that is no std::exception and says nothing of itself");
  }
  return {};
}

}  // namespace deepobs
