#pragma once

#include <vector>

#include "kernels/update/optimizer.h"
#include "runner/training/config/catalogue.h"

namespace deepobs {

/// The program `deepobs`: reads the arguments, does what they say, prints to stdout and stderr, returns the exit status
/// (0, or a BSD sysexit: 64 usage, 65 data, 66 missing, 70 internal, 71 memory, 74 input/output; 129, 130 and 143
/// stopped by SIGHUP, SIGINT and SIGTERM).
/// Writing beyond the limit for files (ulimit -f), or to a pipe that nobody reads any more, is an error (74) where the
/// program ignores SIGXFSZ and SIGPIPE, as `deepobs` does; else it ends the process.
/// A program with problems, data sets and optimizers of its own hands them over here, and all commands know them beside
/// those of deepobs:
///
///   int main(int argc, char** argv) {
///     return deepobs::command_line(argc, argv, {.problems = {my_problem()}, .data_sets = {my_data()}});
///   }
///
/// What Catalogue refuses of them is misuse (64), with its message.
int command_line(int argc, const char* const* argv, const Own& own = {});

/// The same of a program with optimizers of its own alone: command_line(argc, argv, {my_optimizer()}).
int command_line(int argc, const char* const* argv, const std::vector<Optimizer>& own_optimizers);

}  // namespace deepobs
