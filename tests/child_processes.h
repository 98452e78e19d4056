#pragma once

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <vector>

namespace deepobs::test {

/// Processes that all begin work(0), work(1), ... at one moment. One that throws says so and ends with status 1.
class ChildProcesses {
 public:
  ChildProcesses(int count, const std::function<void(int process)>& work) {
    int start[2];
    REQUIRE(::pipe(start) == 0);
    for (int process = 0; process < count; ++process) {
      const pid_t child = ::fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        ::close(start[1]);
        char byte;
        [[maybe_unused]] const auto end_of_file = ::read(start[0], &byte, 1);  // the parent closes its end for all
        int status = 0;
        try {
          work(process);
        } catch (const std::exception& error) {
          ::dprintf(2, "%s\n", error.what());
          status = 1;
        }
        ::_exit(status);
      }
      children_.push_back(child);
    }
    ::close(start[0]);
    ::close(start[1]);
  }

  /// Waits for all, calls `meanwhile` again and again until then, and checks that none has failed.
  void wait(const std::function<void()>& meanwhile = nullptr) {
    for (const pid_t child : children_) {
      int status = 0;
      pid_t ended = 0;
      while ((ended = ::waitpid(child, &status, meanwhile ? WNOHANG : 0)) == 0) meanwhile();
      REQUIRE(ended == child);
      CHECK(status == 0);
    }
  }

 private:
  std::vector<pid_t> children_;
};

}  // namespace deepobs::test
