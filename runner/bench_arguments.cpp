#include "runner/bench_arguments.h"

#include <CLI/CLI.hpp>

#include "runner/argument.h"

namespace deepobs {
namespace {

/// A forgotten value must not swallow the option behind it.
std::string no_option(const std::string& given) {
  if (given.empty()) return "needs a value, not an empty text";
  return given.starts_with("--") ? "needs a value, but '" + given + "' is an option" : std::string();
}

/// An option with one number, read as everywhere in the program.
template <class Value>
CLI::Option* add_number(CLI::App* app, const std::string& name, Value& value, const std::string& help) {
  const auto read = [name, &value](const CLI::results_t& given) {
    read_argument(name.substr(2), given, value);
    return true;
  };
  return app->add_option(name, read, help)->type_name("NUMBER");
}

/// An option with one or more whole numbers.
template <class Value>
CLI::Option* add_numbers(CLI::App* app, const std::string& name, std::vector<Value>& values, const std::string& help) {
  const auto read = [name, &values](const CLI::results_t& given) {
    for (const auto& one : given) read_argument(name.substr(2), {one}, values.emplace_back());
    return true;
  };
  return app->add_option(name, read, help)
      ->type_name("NUMBER")
      ->type_size(1)
      ->expected(1, CLI::detail::expected_max_vector_size)
      ->allow_extra_args()
      ->delimiter(',');
}

}  // namespace

CLI::App* add_bench(CLI::App& app, BenchOptions& options) {
  CLI::App* bench = app.add_subcommand("bench", "Measure how fast this machine trains");
  bench->add_option("problem", options.problems, "test problems (all); they come before the options");

  const auto what = "What";
  bench
      ->add_option("-o,--optimizer", options.optimizers,
                   "optimizers (SGD; with --ops all); Momentum is SGD with momentum 0.9")
      ->type_name("TEXT")
      ->check(no_option)
      ->group(what);
  add_numbers(bench, "--batch_size", options.batch_sizes, "examples per step (the problem's, or 128)")->group(what);
  add_numbers(bench, "--threads", options.threads, "threads; 0 is every core (0)")->group(what);
  bench->add_option("--device", options.device.kind, "cpu, cuda, or auto (cpu)")
      ->type_name("TEXT")
      ->check(no_option)
      ->group(what);
  bench->add_option("--precision", options.device.precision, "of products on a GPU: fp32, tf32 or bf16 (fp32)")
      ->type_name("TEXT")
      ->check(no_option)
      ->group(what);
  bench->add_option("--isa", options.isa, "instruction set: portable, avx2, avx512 (the best)")
      ->type_name("TEXT")
      ->check(no_option)
      ->group(what);
  bench
      ->add_option("--conv_algorithm", options.conv_algorithm,
                   "auto: convolutions in Winograd's tiles where that is faster; direct: none (auto)")
      ->type_name("TEXT")
      ->check(no_option)
      ->group(what);
  bench
      ->add_option("--data_dir", options.data_dir, "where to look for data first; where there is none, random bytes do")
      ->type_name("TEXT")
      ->check(no_option)
      ->group(what);

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
  bench
      ->add_option("--trace", options.trace,
                   "with --profile, on a CPU: write the steps as a trace for Perfetto, a .json file")
      ->type_name("TEXT")
      ->check(no_option)
      ->group(what);

  const auto how = "How";
  add_number(bench, "--seconds", options.seconds, "seconds of a repetition of each row (1; with --ops 0.05)")
      ->group(how);
  add_number(bench, "--repetitions", options.repetitions, "repetitions, of all rows in turn (5)")->group(how);
  add_number(bench, "--warmup", options.warmup, "seconds of each row before, not counted (0.5; with --ops 0.01)")
      ->group(how);
  bench->add_flag("--json", options.json, "print one JSON object")->disable_flag_override()->group(how);
  return bench;
}

}  // namespace deepobs
