#include "runner/cli/options/bench_arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "runner/cli/options/argument_words.h"
#include "runner/cli/options/option_kinds.h"
#include "runner/training/config/settings.h"

namespace deepobs {
namespace {

/// An option with one or more whole numbers.
template <class Value>
CLI::Option* add_numbers(CLI::App* app, const std::string& name, std::vector<Value>& values, const std::string& help) {
  const auto read = [name = long_name(name), &values](const ArgumentTexts& given) {
    for (const auto& one : given) read_argument(name, {one}, values.emplace_back());
  };
  return add_values(app, name, read, help)
      ->type_size(1)
      ->expected(1, CLI::detail::expected_max_vector_size)
      ->allow_extra_args()
      ->delimiter(',');
}

}  // namespace

CLI::App* BenchArguments::add_to(CLI::App& app, const std::vector<std::string>& arguments, const Catalogue& catalogue) {
  BenchOptions& options = options_;
  CLI::App* bench = app.add_subcommand("bench", "Measure how fast this machine trains");
  bench->add_option("problem", options.problems, "test problems (all); they come before the options");

  const auto what = "What";
  const auto add_words = [&](const char* name, auto& value) {
    const SettingOption& option = setting(name).option;
    add_text(bench, std::string(option.spellings), value, std::string(option.bench_help))->group(what);
  };
  const auto add_counts = [&](const char* name, auto& values) {
    const SettingOption& option = setting(name).option;
    add_numbers(bench, std::string(option.spellings), values, std::string(option.bench_help))->group(what);
  };
  add_words("optimizer", options.optimizers);
  add_counts("batch_size", options.batch_sizes);
  add_counts("threads", options.threads);
  add_words("device", options.device.kind);
  add_words("precision", options.device.precision);
  add_text(bench, "--isa", options.isa, "instruction set: portable, avx2, avx512 (the best)")->group(what);
  add_words("conv_algorithm", options.conv_algorithm);
  add_words("data_dir", options.data_dir);

  bench->add_flag("--ops", options.ops, "measure single ops, not training steps: those of the problems at their shapes")
      ->disable_flag_override()
      ->group(what);
  bench->add_flag("--profile", options.profile, "show a training step op by op")->disable_flag_override()->group(what);
  bench->add_flag("--launches", options.launches, "count the launches of a step on a GPU, and run none")
      ->disable_flag_override()
      ->group(what);
  bench
      ->add_flag("--algorithms", options.algorithms,
                 "on a GPU: show what was chosen for products and convolutions (--json has it in any case)")
      ->disable_flag_override()
      ->group(what);
  add_text(bench, "--trace", options.trace,
           "with --profile, on a CPU: write the steps as a trace for Perfetto, a .json file")
      ->group(what);

  const auto how = "How";
  add_number(bench, "--seconds", options.seconds, "seconds of a repetition of each row (1; with --ops 0.05)")
      ->group(how);
  add_number(bench, "--repetitions", options.repetitions, "repetitions, of all rows in turn (5)")->group(how);
  add_number(bench, "--warmup", options.warmup, "seconds of each row before, not counted (0.5; with --ops 0.01)")
      ->group(how);
  bench->add_flag("--json", options.json, "print one JSON object")->disable_flag_override()->group(how);
  if (arguments.empty() || arguments.front() != "bench") return bench;

  BenchOptions named;
  named.optimizers = values_of(arguments, "--optimizer", "-o");
  named.ops = std::ranges::find(arguments, "--ops") != arguments.end();
  for (const auto& each : bench_optimizers(named, catalogue)) {
    merged_.name += (merged_.name.empty() ? "" : ", ") + each.name;
    for (const auto& hyper : each.optimizer->hyperparameters)
      if (std::ranges::find(merged_.hyperparameters, hyper.name, &Hyperparameter::name) ==
          merged_.hyperparameters.end())
        merged_.hyperparameters.push_back(hyper);
  }
  add_hyperparameters(bench, merged_, words_);
  return bench;
}

std::vector<std::string> BenchArguments::with_values(const std::vector<std::string>& arguments,
                                                     const Catalogue& catalogue) const {
  return with_hyperparameter_values(arguments, merged_, catalogue, {});
}

BenchOptions BenchArguments::options() const {
  BenchOptions all = options_;
  for (std::size_t i = 0; i < words_.size(); ++i)
    if (!words_[i].empty()) all.hyperparameters.push_back({merged_.hyperparameters[i].name, words_[i]});
  return all;
}

}  // namespace deepobs
