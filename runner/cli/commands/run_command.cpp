#include <algorithm>
#include <iostream>

#include "engine/base/check.h"
#include "engine/base/printable.h"
#include "runner/cli/commands/commands.h"
#include "runner/cli/commands/dry_run.h"
#include "runner/cli/terminal/progress.h"
#include "runner/results/text/counted.h"
#include "runner/training/config/config_file.h"
#include "runner/training/standard_runner.h"

namespace deepobs {
namespace {

/// Warnings only, divergence among them.
class QuietProgress : public Observer {
  void warning(const std::string& line) override { std::cerr << printable(line) << std::endl; }
  void diverged(std::int64_t epoch, std::int64_t step, const std::string& first_bad_tensor) override {
    std::cerr << "WARNING: diverged in epoch " << epoch << " at step " << step << ": " << first_bad_tensor
              << " is not finite" << std::endl;
  }
};

void print_result(const Run& run, const RunResult& result, std::ostream& out) {
  out << '\n';
  if (result.divergence) {
    out << "diverged at step " << result.divergence->global_step << '\n';
  } else if (const auto& curve = result.test.accuracies; !curve.empty()) {
    const auto best = std::ranges::max_element(curve);
    out << "test accuracy  " << curve.back() << " after " << counted(run.num_epochs, "epoch") << ", best " << *best
        << " after " << best - curve.begin() << '\n';
  } else {
    out << "test loss      " << result.test.losses.back() << " after " << counted(run.num_epochs, "epoch") << '\n';
  }
  double seconds = 0;
  for (const double epoch : result.train_seconds) seconds += epoch;
  if (seconds > 0)
    out << "training       " << seconds << " s, "
        << static_cast<std::int64_t>(static_cast<double>(static_cast<std::int64_t>(result.train_seconds.size()) *
                                                         result.steps_per_epoch * run.batch_size) /
                                     seconds)
        << " examples/s\n";
  out << "result         " << (result.json.empty() ? "not written (--no_logs)" : result.json.string())
      << (result.was_there ? " (was there already)" : "") << std::endl;
}

void print_config(const RunCommand& command, const StandardRunner& runner, std::ostream& out) {
  require(command.sweep.runs.size() == 1, Fault::usage,
          "print_config prints the configuration of one run; give one value of each setting");
  require(!command.dry_run, Fault::usage, "dry_run and print_config print different things; give one of them");
  const RunConfig& config = command.sweep.runs.front().config;
  runner.resolve(config);  // refuses what cannot be run
  out << config_text(config);
}

}  // namespace

void run_command(const RunCommand& command, const Catalogue& catalogue, std::ostream& out) {
  const StandardRunner runner(catalogue);
  if (command.print_config) return print_config(command, runner, out);
  if (command.sweep.runs.size() > 1) return sweep_command(command, runner, out);
  const RunConfig& config = command.sweep.runs.front().config;
  const Run run = runner.resolve(config);
  if (command.dry_run)
    return dry_run({run}, command.json, out,
                   [](const std::string& warning) { std::cerr << printable(warning) << std::endl; });
  if (command.quiet) {
    QuietProgress quiet;
    runner.run(config, quiet);
    return;
  }
  Progress progress(out, std::cerr, style_of_stderr());
  print_result(run, runner.run(config, progress), out);
}

}  // namespace deepobs
