#include <csignal>

#include "runner/cli/command_line.h"

int main(int argc, char** argv) {
  // A write beyond the limit for files (ulimit -f) or into a pipe that nobody reads any more (| head) is an error like
  // any other, and no reason to die in mid-sweep.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  return deepobs::command_line(argc, argv);
}
