#include <algorithm>
#include <iostream>

#include "engine/check.h"
#include "runner/commands.h"
#include "runner/concurrent.h"
#include "runner/counted.h"
#include "runner/dry_run.h"
#include "runner/progress.h"
#include "runner/standard_runner.h"
#include "runner/sweep_progress.h"
#include "runner/sweep_table.h"

namespace deepobs {
namespace {

/// Throws what went wrong, if anything did: which runs, and how. What was stopped comes first: somebody asked for it.
void report_failures(const Sweep& sweep, const std::vector<RunOutcome>& outcomes) {
  std::size_t stopped = 0, failed = 0;
  const Error* first = nullptr;
  std::string lines;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto& error = outcomes[i].error;
    if (!error) continue;
    if (error->fault() == Fault::interrupted) {
      ++stopped;
      continue;
    }
    ++failed;
    if (first == nullptr) first = &*error;
    lines += "\n  " + sweep.described(i) + ": " + error->what();
  }
  const std::string failures = text(failed, " of ", outcomes.size(), " runs failed, the others are complete:", lines);
  if (stopped > 0)
    fail(Fault::interrupted, "stopped: ", outcomes.size() - stopped - failed, " of ", outcomes.size(),
         " runs are complete; nothing was written of the others", failed > 0 ? "\n" + failures : "");
  if (failed > 0) fail(first->fault(), failures);
}

}  // namespace

void sweep_command(const RunCommand& command, std::ostream& out) {
  const Sweep& sweep = command.sweep;
  std::vector<RunConfig> configs;
  for (const auto& run : sweep.runs) configs.push_back(run.config);
  require(!configs.front().print_train_iter, Fault::usage,
          "print_train_iter shows the steps of one run; leave it out, or give one value of each setting");
  const StandardRunner runner(command.optimizer);
  const std::vector<Run> runs = runner.resolve_all(configs, command.jobs);

  SweepProgress progress(sweep, command.quiet, out, std::cerr, style_of_stderr());
  if (command.dry_run) {
    for (const auto& run : runs)
      for (const auto& warning : run.warnings) progress.observers().front()->warning(warning);
    return dry_run(runs, command.json, out);
  }
  if (!command.quiet) {
    const auto [jobs, threads] = resolve_concurrency(runs.size(), command.jobs, configs.front().threads);
    out << runs.front().problem->name << " with " << command.optimizer.name << ": " << counted(std::ssize(runs), "run")
        << ", " << jobs << " at once with " << counted(threads, "thread") << " each" << std::endl;
  }
  const auto outcomes = runner.run_all(configs, command.jobs, progress.observers());
  if (!command.quiet) out << '\n' << sweep_table(sweep, runs, outcomes) << std::flush;
  report_failures(sweep, outcomes);
}

}  // namespace deepobs
