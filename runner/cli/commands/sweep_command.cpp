#include <algorithm>
#include <iostream>
#include <map>

#include "engine/base/check.h"
#include "runner/cli/commands/commands.h"
#include "runner/cli/commands/dry_run.h"
#include "runner/cli/terminal/progress.h"
#include "runner/cli/terminal/sweep_progress.h"
#include "runner/cli/terminal/sweep_table.h"
#include "runner/results/text/counted.h"
#include "runner/training/concurrent.h"
#include "runner/training/standard_runner.h"

namespace deepobs {
namespace {

/// Throws what went wrong, if anything did: which runs, and how. What was stopped comes first: somebody asked for it.
void report_failures(const Sweep& sweep, const std::vector<RunOutcome>& outcomes) {
  constexpr std::size_t most_lines = 20;
  std::size_t stopped = 0, failed = 0;
  bool resumable = false;
  const Error* first = nullptr;
  std::string lines;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto& error = outcomes[i].error;
    if (!error) continue;
    if (is_stop(error->fault())) {
      ++stopped;
      resumable |= error->fault() == Fault::resumable;
      continue;
    }
    ++failed;
    if (first == nullptr) first = &*error;
    if (failed <= most_lines) lines += "\n  " + sweep.described(i) + ": " + error->what();
  }
  if (failed > most_lines) lines += text("\n  and ", failed - most_lines, " more");
  const std::size_t complete = outcomes.size() - stopped - failed;
  const std::string how_many = complete + stopped == 0 ? text("all ", failed, " runs failed")
                                                       : text(failed, " of ", outcomes.size(), " runs failed");
  if (stopped > 0 && resumable)
    fail(Fault::resumable, "stopped: ", complete, " of ", outcomes.size(),
         " runs are complete; the same command goes on with the others",
         failed > 0 ? text("\n", how_many, ":", lines) : "");
  if (stopped > 0)
    fail(Fault::interrupted, "stopped: ", complete, " of ", outcomes.size(), " runs are complete; nothing was written",
         failed > 0     ? text(" of the ", stopped, " that were stopped\n", how_many, ":", lines)
         : complete > 0 ? " of the others"
                        : "");
  if (failed > 0)
    fail(first->fault(), how_many,
         complete == 0   ? ":"
         : complete == 1 ? ", the other is complete:"
                         : ", the others are complete:",
         lines);
}

/// DeepOBS's names keep ten digits of a number. Settings that differ behind them would share a folder, and analyzers
/// average what lies in one.
void refuse_shared_folders(const Sweep& sweep, const std::vector<Run>& runs) {
  std::map<std::pair<std::filesystem::path, std::int64_t>, std::size_t> seen;  // by folder and seed
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const RunConfig& config = runs[i].config;
    if (config.no_logs) return;
    const auto folder = run_folder(runs[i].name("2000-01-01-00-00-00"), config.layout);
    const auto [other, is_new] = seen.emplace(std::pair(folder, config.random_seed), i);
    require(is_new, Fault::usage, "two settings are so near to each other that their results would have one folder, ",
            folder.filename().string(), ": ", sweep.described(other->second), " and ", sweep.described(i));
  }
}

}  // namespace

void sweep_command(const RunCommand& command, const StandardRunner& runner, std::ostream& out) {
  const Sweep& sweep = command.sweep;
  std::vector<RunConfig> configs;
  for (const auto& run : sweep.runs) configs.push_back(run.config);
  require(!configs.front().print_train_iter, Fault::usage,
          "print_train_iter shows the steps of one run; leave it out, or give one value of each setting");
  const std::vector<Run> runs = runner.resolve_all(configs, command.jobs);
  refuse_shared_folders(sweep, runs);

  SweepProgress progress(sweep, command.quiet, out, std::cerr, style_of_stderr());
  if (command.dry_run)
    return dry_run(runs, command.json, out,
                   [&](const auto& warning) { progress.observers().front()->warning(warning); });
  if (!command.quiet) {
    const auto [jobs, threads] = resolve_concurrency(runs.size(), command.jobs, configs.front().threads);
    out << runs.front().problem->name << " with " << runs.front().optimizer->name << ": "
        << counted(std::ssize(runs), "run") << ", " << jobs << " at once with " << counted(threads, "thread") << " each"
        << std::endl;
  }
  const auto outcomes = runner.run_all(configs, command.jobs, progress.observers());
  if (!command.quiet) out << '\n' << sweep_table(sweep, runs, outcomes) << std::flush;
  report_failures(sweep, outcomes);
}

}  // namespace deepobs
