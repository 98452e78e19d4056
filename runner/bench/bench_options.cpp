#include "runner/bench/bench_options.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/memory/worker_scratch.h"
#include "runner/results/text/counted.h"
#include "runner/training/config/settings.h"

namespace deepobs {
namespace {

// Of each row and repetition: an hour, and a thousand times, measure nothing better and mean a slip of the hand.
constexpr std::int64_t most_seconds = 3600, most_repetitions = 1000;

/// Two equal rows cost time and say nothing; two that are equal only here (0 threads, and as many as there are cores)
/// too.
void refuse_twice(const std::vector<BenchCase>& cases, const BenchCase& more) {
  for (const auto& one : cases)
    require(one.run.problem != more.run.problem || one.optimizer != more.optimizer ||
                one.run.batch_size != more.run.batch_size || one.threads != more.threads,
            Fault::usage, more.run.problem->name, " with ", more.optimizer, ", batch_size ", more.run.batch_size, ", ",
            counted(more.threads, "thread"), " would be measured twice; give each value once",
            one.run.config.threads != more.run.config.threads ? " (0 threads are every core)" : "");
}

template <class T>
std::vector<T> or_default(const std::vector<T>& given, const std::vector<T>& standard) {
  return given.empty() ? standard : given;
}

template <class Named>
std::vector<std::string> names_of(const std::vector<Named>& all) {
  std::vector<std::string> names;
  for (const auto& one : all) names.push_back(one.name);
  return names;
}

}  // namespace

BenchOptimizer bench_optimizer(const std::string& name, const std::vector<Optimizer>& own) {
  const auto known = [&](const std::vector<Optimizer>& all) { return std::ranges::find(all, name, &Optimizer::name); };
  if (const auto mine = known(own); mine != own.end()) return {name, *mine, {}};
  if (name == "Momentum" && known(optimizers()) == optimizers().end())
    return {name, find_optimizer("SGD"), {{"momentum", 0.9}}};
  require(std::ranges::find(problems(), name, &Problem::name) == problems().end(), Fault::usage, "'", name,
          "' is a problem, not an optimizer; problems come before the options: deepobs bench ", name,
          " --optimizer SGD");
  return {name, find_optimizer(name), {}};
}

std::vector<BenchCase> bench_cases(const BenchOptions& options, const std::vector<Optimizer>& own) {
  require(options.ops + options.profile + options.launches <= 1, Fault::usage,
          "--ops, --profile and --launches are different measurements; give one of them");
  require(options.trace.empty() || options.profile, Fault::usage, "--trace is for --profile; give both");
  RunConfig same;  // for all cases
  setting("conv_algorithm").set(same, options.conv_algorithm);
  const Isa isa = bench_isa(options);
  require(options.device.kind == "cpu" || !options.ops, Fault::usage,
          "--ops measures single ops on a CPU; --profile shows a step op by op on any device");
  require(options.device.kind == "cuda" || !options.launches, Fault::usage,
          "--launches counts what a step on a GPU is made of; give --device cuda with it");
  require(options.device.kind == "cuda" || !options.algorithms, Fault::usage,
          "--algorithms shows what was chosen on a GPU; give --device cuda with it");
  require(options.device.kind == "cpu" || options.trace.empty(), Fault::usage,
          "--trace shows the ops of a CPU's steps as they ran; on a GPU they run without anybody looking, some at the "
          "same time, and --profile alone measures each");
  std::vector<BenchOptimizer> chosen;
  const auto standard = options.ops ? names_of(optimizers()) : std::vector<std::string>{"SGD"};
  for (const auto& name : or_default(options.optimizers, standard)) chosen.push_back(bench_optimizer(name, own));
  std::vector<BenchCase> cases;
  for (const auto& problem : or_default(options.problems, names_of(problems())))
    for (const auto& [name, optimizer, hyperparameters] : chosen)
      for (const auto batch : or_default(options.batch_sizes, {find_problem(problem).batch_size.value_or(128)}))
        for (const auto threads : or_default(options.threads, {0})) {
          const RunConfig config{.testproblem = problem,
                                 .batch_size = batch,
                                 .num_epochs = setting("num_epochs").range->most,  // it ends when enough is measured
                                 .learning_rate = optimizer.usual_learning_rate,
                                 .hyperparameters = hyperparameters,
                                 .home = options.home,
                                 .no_logs = true,
                                 .device = options.device.kind,
                                 .precision = options.device.precision,
                                 .cuda_library = options.device.cuda_library,
                                 .cuda_overlap = options.device.cuda_overlap,
                                 .threads = threads,
                                 .conv_algorithm = same.conv_algorithm};
          const BenchCase one{resolve(config, optimizer), name, isa, resolved_threads(threads)};
          refuse_twice(cases, one);
          cases.push_back(one);
        }
  return cases;
}

BenchEffort bench_effort(const BenchOptions& options) {
  const BenchEffort effort{.warmup = options.warmup.value_or(options.ops ? 0.01 : 0.5),
                           .repetitions = options.repetitions,
                           .seconds = options.seconds.value_or(options.ops ? 0.05 : 1)};
  require(effort.warmup >= 0 && effort.warmup <= most_seconds, Fault::usage, "warmup must be 0 to ", most_seconds,
          " seconds, not ", effort.warmup);
  require(effort.seconds > 0 && effort.seconds <= most_seconds, Fault::usage, "seconds must be above 0 and at most ",
          most_seconds, ", not ", effort.seconds);
  require(effort.repetitions >= 1 && effort.repetitions <= most_repetitions, Fault::usage, "repetitions must be 1 to ",
          most_repetitions, ", not ", effort.repetitions);
  return effort;
}

Isa bench_isa(const BenchOptions& options) {
  if (options.isa.empty()) return best_isa();
  for (const Isa isa : {Isa::portable, Isa::avx2, Isa::avx512}) {
    if (options.isa != name_of(isa)) continue;
    require(isa <= best_isa(), Fault::usage, "this machine's best instruction set is ", name_of(best_isa()), ", not ",
            options.isa);
    return isa;
  }
  fail(Fault::usage, "unknown instruction set '", options.isa, "'; there are: portable, avx2, avx512");
}

}  // namespace deepobs
