#pragma once

#include <signal.h>

#include <atomic>
#include <stop_token>
#include <thread>

namespace deepobs {

/// Turns SIGINT, SIGTERM, SIGHUP (the terminal or the connection has gone) and SIGUSR1 (a batch system takes the
/// machine away soon) into a request to stop, for as long as it lives; a second one ends the process at once. One that
/// is ignored when the watch begins stays ignored, which is what nohup and shells with jobs in the background ask for.
/// The signals are blocked in every thread that is started later and waited for in one, so nothing runs inside a signal
/// handler. For the command line: an embedding program watches by itself.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  std::stop_token token() const { return source_.get_token(); }

  /// What shells show of a program that the signal ended: 129 for SIGHUP, 130 for SIGINT, 138 for SIGUSR1, 143
  /// for SIGTERM.
  int exit_status() const { return status_; }

 private:
  void watch();

  sigset_t signals_, before_;
  std::stop_source source_;
  std::atomic<int> status_ = 128 + SIGINT;
  std::thread thread_;
};

}  // namespace deepobs
