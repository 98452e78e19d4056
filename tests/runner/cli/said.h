#pragma once

#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "runner/cli/command_line.h"

namespace deepobs::test {

/// What a command line printed, and its exit status.
struct Said {
  int status;
  std::string out, err;
};

/// The command line of a program that has things of its own: optimizers, or more (Own).
template <class OwnThings>
Said command_line_of(const OwnThings& own, const std::vector<std::string>& words) {
  std::ostringstream out, err;
  auto* const stdout_before = std::cout.rdbuf(out.rdbuf());
  auto* const stderr_before = std::cerr.rdbuf(err.rdbuf());
  std::vector<const char*> arguments{"deepobs"};
  for (const auto& word : words) arguments.push_back(word.c_str());
  const int status = command_line(static_cast<int>(arguments.size()), arguments.data(), own);
  std::cout.rdbuf(stdout_before);
  std::cerr.rdbuf(stderr_before);
  return {status, out.str(), err.str()};
}

}  // namespace deepobs::test
