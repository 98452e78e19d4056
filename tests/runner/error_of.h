#pragma once

#include <doctest/doctest.h>

#include <string>

#include "engine/check.h"

namespace deepobs {

/// The Error that a call throws; a test that calls something which does not throw fails here.
template <class Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error was thrown");
  return Error(Fault::internal, "");
}

/// Checks that a call throws an Error of this fault whose message holds `part`.
template <class Call>
void check_error(Call call, Fault fault, const std::string& part) {
  const Error error = error_of(call);
  INFO("message: ", std::string(error.what()), "   wanted: ", part);
  CHECK(static_cast<int>(error.fault()) == static_cast<int>(fault));
  CHECK(std::string(error.what()).find(part) != std::string::npos);
}

}  // namespace deepobs
