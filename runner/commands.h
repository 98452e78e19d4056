#pragma once

#include <filesystem>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "kernels/optimizer.h"
#include "runner/run_config.h"

namespace deepobs {

// What the subcommands of `deepobs` do once their arguments are read. They print to `out`.

/// deepobs run: trains, with progress for people on stderr, and prints the result.
struct RunCommand {
  RunConfig config;
  Optimizer optimizer;
  bool quiet = false, dry_run = false, json = false;
};
void run_command(const RunCommand& command, std::ostream& out);

/// deepobs list [problems|optimizers|datasets]: all three without an argument.
void list_command(const std::string& what, std::span<const Optimizer> own, std::ostream& out);

/// deepobs info PROBLEM: layers, parameters, loss, defaults, data.
void info_command(const std::string& problem, bool json, std::ostream& out);

/// deepobs data list: what there is of each data set, and where.
void data_list_command(const std::filesystem::path& data_dir, const std::filesystem::path& home, std::ostream& out);

}  // namespace deepobs
