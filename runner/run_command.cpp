#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "engine/check.h"
#include "engine/worker_scratch.h"
#include "runner/commands.h"
#include "runner/deepobs_json.h"
#include "runner/progress.h"
#include "runner/python_text.h"
#include "runner/standard_runner.h"

namespace deepobs {
namespace {

Progress::Style style_of_stderr() {
  Progress::Style style;
  const char* term = std::getenv("TERM");
  style.live_is_terminal = isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
  winsize size{};
  if (style.live_is_terminal && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    style.columns = size.ws_col;
  return style;
}

/// Warnings only, divergence among them.
class QuietProgress : public Observer {
  void warning(const std::string& line) override { std::cerr << line << std::endl; }
  void diverged(std::int64_t epoch, std::int64_t step, const std::string& first_bad_tensor) override {
    std::cerr << "WARNING: diverged in epoch " << epoch << " at step " << step << ": " << first_bad_tensor
              << " is not finite" << std::endl;
  }
};

std::string json_path(const Run& run) {
  if (run.config.no_logs) return "";
  const RunName name = run.name(local_time_stamp());
  return (run.config.output_dir / run_folder(name, run.config.layout) / run_file(name)).string();
}

std::string value_text(const HyperValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return python_repr(*number);
  return name_text(value, PointStyle::stripped);
}

void print_configuration(const Run& run, std::ostream& out) {
  const auto line = [&](std::string_view key, const auto& value) {
    out << key << std::string(key.size() < 24 ? 24 - key.size() : 1, ' ') << value << '\n';
  };
  line("problem", run.problem->name);
  line("optimizer", run.optimizer.name);
  for (const auto& [name, value] : run.hyperparameters.values()) line("  " + name, value_text(value));
  line("batch_size", run.batch_size);
  line("num_epochs", run.num_epochs);
  line("learning_rate", python_repr(run.learning_rate));
  if (run.config.lr_sched_epochs) {
    line("lr_sched_epochs", python_int_list(*run.config.lr_sched_epochs));
    line("lr_sched_factors", python_list(*run.config.lr_sched_factors));
  }
  line("weight_decay", python_repr(run.weight_decay) + (run.problem->weight_decay ? "" : " (no regulariser)"));
  line("random_seed", run.config.random_seed);
  line("train_log_interval", run.config.train_log_interval);
  line("data_order", run.config.data_order == DataOrder::sequential ? "sequential" : "shuffled");
  if (run.config.max_steps_per_epoch) line("max_steps_per_epoch", *run.config.max_steps_per_epoch);
  if (run.config.eval_batches) line("eval_batches", *run.config.eval_batches);
  if (!run.config.init_from.empty()) line("init_from", run.config.init_from.string());
  if (!run.config.save_params.empty()) line("save_params", run.config.save_params.string());
  line("device", run.config.device);
  line("threads", resolved_threads(run.config.threads));
  line("json", run.config.no_logs ? "none (no_logs)" : json_path(run));
}

void print_result(const Run& run, const RunResult& result, std::ostream& out) {
  out << '\n';
  if (result.divergence) {
    out << "diverged at step " << result.divergence->global_step << '\n';
  } else if (run.problem->has_accuracy) {
    const auto& curve = result.test.accuracies;
    const auto best = std::ranges::max_element(curve);
    out << "test accuracy  " << curve.back() << " after " << run.num_epochs << " epochs, best " << *best << " after "
        << best - curve.begin() << '\n';
  } else {
    out << "test loss      " << result.test.losses.back() << " after " << run.num_epochs << " epochs\n";
  }
  double seconds = 0;
  for (const double epoch : result.train_seconds) seconds += epoch;
  if (seconds > 0)
    out << "training       " << seconds << " s, "
        << static_cast<std::int64_t>(static_cast<double>(static_cast<std::int64_t>(result.train_seconds.size()) *
                                                         result.steps_per_epoch * run.batch_size) /
                                     seconds)
        << " examples/s\n";
  out << "result         " << (result.json.empty() ? "not written (--no_logs)" : result.json.string()) << std::endl;
}

}  // namespace

void run_command(const RunCommand& command, std::ostream& out) {
  const StandardRunner runner(command.optimizer);
  const Run run = runner.resolve(command.config);
  if (command.dry_run) {
    for (const auto& warning : run.warnings) std::cerr << warning << std::endl;
    if (command.json)
      out << configuration_json(run, json_path(run), resolved_threads(run.config.threads)) << '\n';
    else
      print_configuration(run, out);
    return;
  }
  if (command.quiet) {
    QuietProgress quiet;
    runner.run(command.config, quiet);
    return;
  }
  Progress progress(out, std::cerr, style_of_stderr());
  print_result(run, runner.run(command.config, progress), out);
}

}  // namespace deepobs
