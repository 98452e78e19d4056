#pragma once

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "engine/base/check.h"

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

/// What a message must hold: one part, or several in braces.
struct MessageParts {
  MessageParts(const char* part) : all{part} {}
  MessageParts(const std::string& part) : all{part} {}
  MessageParts(std::initializer_list<std::string> parts) : all(parts) {}
  MessageParts(const std::vector<std::string>& parts) : all(parts) {}
  std::vector<std::string> all;
};

/// Checks that a call throws an Error of this fault whose message holds all of these parts.
template <class Call>
void check_error(Call call, Fault fault, const MessageParts& parts) {
  const Error error = error_of(call);
  INFO("message: ", std::string(error.what()));
  CHECK(static_cast<int>(error.fault()) == static_cast<int>(fault));
  for (const std::string& part : parts.all) {
    INFO("wanted: ", part);
    CHECK(std::string(error.what()).find(part) != std::string::npos);
  }
}

}  // namespace deepobs
