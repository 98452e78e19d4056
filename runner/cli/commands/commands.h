#pragma once

#include <filesystem>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "problems/data/locate.h"
#include "runner/analysis/analysis.h"
#include "runner/bench/bench_options.h"
#include "runner/cli/options/sweep.h"
#include "runner/training/config/catalogue.h"
#include "runner/training/config/run_config.h"
#include "runner/training/standard_runner.h"

namespace deepobs {

// What the subcommands of `deepobs` do once their arguments are read. They print to `out`. The catalogue has the
// problems, optimizers and data sets that arguments name.

/// deepobs run: trains, with progress for people on stderr, and prints the result; of several runs a table.
/// Errors: those of StandardRunner; of several runs that of the first that failed, when all have ended.
struct RunCommand {
  Sweep sweep;   ///< one run or several
  int jobs = 0;  ///< of several, how many at once; 0: one a core
  bool quiet = false, dry_run = false, json = false;
  bool print_config = false;  ///< of one run: print its configuration as a file, and do nothing
};
void run_command(const RunCommand& command, const Catalogue& catalogue, std::ostream& out);

/// The part of it for several runs.
void sweep_command(const RunCommand& command, const StandardRunner& runner, std::ostream& out);

/// deepobs analyze: what a tree of results says, in words, JSON, LaTeX or CSV. False where --strict was asked for and
/// there are warnings. Errors: those of analyze(); io.
struct AnalyzeCommand {
  AnalysisQuestion question{.results = "results"};
  ChoiceMode mode = ChoiceMode::most;
  bool check = false, runtime = false, json = false, strict = false;
  std::filesystem::path latex, csv;  ///< where to write; empty: nowhere
};
bool analyze_command(const AnalyzeCommand& command, std::ostream& out);

/// deepobs list [problems|optimizers|datasets]: all three without an argument. Errors: usage, for another word.
void list_command(const std::string& what, bool json, const Catalogue& catalogue, std::ostream& out);

/// deepobs info NAME: of a problem, an optimizer or a data set. Errors: usage, for a name that is none's.
void info_command(const std::string& name, bool json, const Catalogue& catalogue, std::ostream& out);

/// deepobs info --devices: the CPU and the GPUs, and why one cannot be used.
void devices_command(const std::filesystem::path& cuda_library, bool json, std::ostream& out);

/// deepobs bench: measures and prints a table, or JSON.
void bench_command(const BenchOptions& options, const Catalogue& catalogue, std::ostream& out);

/// deepobs data list: what there is of each data set, and where, by headers and sizes.
void data_list_command(std::span<const DataPlace> places, const Catalogue& catalogue, std::ostream& out);

/// deepobs data check [SET...]: reads everything, with all checks that a run makes; every set without an argument.
/// Errors: that of the first set that is damaged, or missing though it was asked for, when all have been looked at;
/// missing if no set is there at all.
void data_check_command(const std::vector<std::string>& names, std::span<const DataPlace> places,
                        const Catalogue& catalogue, std::ostream& out);

}  // namespace deepobs
