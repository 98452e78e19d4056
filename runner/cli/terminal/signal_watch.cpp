#include "runner/cli/terminal/signal_watch.h"

#include <pthread.h>
#include <unistd.h>

namespace deepobs {

namespace {

bool is_ignored(int signal) {
  struct sigaction action;
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

SignalWatch::SignalWatch() {
  sigemptyset(&signals_);
  for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGUSR1})  // a blocked one would come, though it is ignored
    if (!is_ignored(signal)) sigaddset(&signals_, signal);
  sigaddset(&signals_, SIGUSR2);  // ends the watch itself
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  thread_ = std::thread([this] { watch(); });
}

SignalWatch::~SignalWatch() {
  pthread_kill(thread_.native_handle(), SIGUSR2);
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void SignalWatch::watch() {
  for (int signal = 0;;) {
    sigwait(&signals_, &signal);
    if (signal == SIGUSR2) return;
    status_ = 128 + signal;
    if (source_.stop_requested()) ::_exit(status_);
    source_.request_stop();
  }
}

}  // namespace deepobs
