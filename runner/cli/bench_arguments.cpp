#include "runner/cli/bench_arguments.h"

#include <CLI/CLI.hpp>

#include "runner/cli/option_kinds.h"

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

CLI::App* add_bench(CLI::App& app, BenchOptions& options) {
  CLI::App* bench = app.add_subcommand("bench", "Measure how fast this machine trains");
  bench->add_option("problem", options.problems, "test problems (all); they come before the options");

  const auto what = "What";
  add_text(bench, "-o,--optimizer", options.optimizers,
           "optimizers (SGD; with --ops all); Momentum is SGD with momentum 0.9")
      ->group(what);
  add_numbers(bench, "--batch_size", options.batch_sizes, "examples per step (the problem's, or 128)")->group(what);
  add_numbers(bench, "--threads", options.threads, "threads; 0 is every core (0)")->group(what);
  add_text(bench, "--device", options.device.kind, "cpu, cuda, or auto (cpu)")->group(what);
  add_text(bench, "--precision", options.device.precision, "of products on a GPU: fp32, tf32 or bf16 (fp32)")
      ->group(what);
  add_text(bench, "--isa", options.isa, "instruction set: portable, avx2, avx512 (the best)")->group(what);
  add_text(bench, "--conv_algorithm", options.conv_algorithm,
           "auto: convolutions in Winograd's tiles where that is faster; direct: none (auto)")
      ->group(what);
  add_text(bench, "--data_dir", options.data_dir, "where to look for data first; where there is none, random bytes do")
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
  return bench;
}

}  // namespace deepobs
