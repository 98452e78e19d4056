#include <csignal>

#include "runner/command_line.h"

int main(int argc, char** argv) {
  // A write beyond the limit for files (ulimit -f) is an error like any other, and no reason to die in mid-sweep.
  std::signal(SIGXFSZ, SIG_IGN);
  return deepobs::command_line(argc, argv);
}
