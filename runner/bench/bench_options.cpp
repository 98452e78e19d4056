#include "runner/bench/bench_options.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/memory/worker_scratch.h"
#include "runner/results/text/counted.h"
#include "runner/training/config/settings.h"
#include "runner/training/standard_runner.h"

namespace deepobs {
namespace {

// Of each row and repetition: an hour, and a thousand times, measure nothing better and mean a slip of the hand.
constexpr std::int64_t most_seconds = 3600, most_repetitions = 1000;

/// Two equal rows cost time and say nothing; two that are equal only here (0 threads, and as many as there are cores)
/// too.
void refuse_twice(const std::vector<BenchCase>& cases, const BenchCase& more) {
  for (const auto& one : cases)
    require(one.run.problem != more.run.problem || one.optimizer_words() != more.optimizer_words() ||
                one.run.batch_size != more.run.batch_size || one.threads != more.threads,
            Fault::usage, more.run.problem->name, " with ", more.optimizer_words(), ", batch_size ",
            more.run.batch_size, ", ", counted(more.threads, "thread"),
            " would be measured twice; give each value once",
            one.run.config.threads != more.run.config.threads ? " (0 threads are every core)" : "");
}

template <class T>
std::vector<T> or_default(const std::vector<T>& given, const std::vector<T>& standard) {
  return given.empty() ? standard : given;
}

template <class Named>
std::vector<std::string> names_of(const std::vector<const Named*>& all) {
  std::vector<std::string> names;
  for (const Named* one : all) names.push_back(one->name);
  return names;
}

/// What a row sets of an optimizer: the values, and how they are told.
struct Chosen {
  std::vector<NamedValue> values;
  std::string words = {};
};

bool has(const BenchOptimizer& of, const std::string& name) {
  const auto& declared = of.optimizer->hyperparameters;
  return std::ranges::find(declared, name, &Hyperparameter::name) != declared.end();
}

/// Every combination of the values that the optimizer takes.
std::vector<Chosen> combinations(const BenchOptimizer& of, const std::vector<BenchHyperparameter>& given) {
  std::vector<Chosen> all{{of.hyperparameters}};
  for (const auto& [name, values] : given) {
    if (!has(of, name)) continue;
    for (const auto& fixed : of.hyperparameters)
      require(fixed.name != name, Fault::usage, of.name, " is ", of.optimizer->name, " with ", name, ' ',
              to_string(fixed.value), "; give --optimizer ", of.optimizer->name, " with another one");
    std::vector<Chosen> longer;
    for (const Chosen& chosen : all)
      for (const auto& word : values) {
        longer.push_back(chosen);
        longer.back().values.push_back(parse_hyperparameter(*of.optimizer, name, word));
        longer.back().words +=
            text(chosen.words.empty() ? "" : ", ", name, ' ', to_string(longer.back().values.back().value));
      }
    all = std::move(longer);
  }
  return all;
}

void refuse_strange(const std::vector<BenchOptimizer>& chosen, const std::vector<BenchHyperparameter>& given) {
  for (const BenchHyperparameter& hyper : given)
    require(std::ranges::any_of(chosen, [&](const BenchOptimizer& each) { return has(each, hyper.name); }),
            Fault::usage, "none of the optimizers has a hyperparameter '", hyper.name, "'");
}

}  // namespace

BenchOptimizer bench_optimizer(const std::string& name, const Catalogue& catalogue) {
  const bool known = find_among(catalogue.optimizers(), name) != nullptr;
  if (name == "Momentum" && !known) return {name, &catalogue.optimizer("SGD"), {{"momentum", 0.9}}};
  require(known || find_among(catalogue.problems(), name) == nullptr, Fault::usage, "'", name,
          "' is a problem, not an optimizer; problems come before the options: deepobs bench ", name,
          " --optimizer SGD");
  return {name, &catalogue.optimizer(name), {}};
}

std::vector<BenchOptimizer> bench_optimizers(const BenchOptions& options, const Catalogue& catalogue) {
  std::vector<BenchOptimizer> chosen;
  const auto standard = options.ops ? names_of(catalogue.optimizers()) : std::vector<std::string>{"SGD"};
  for (const auto& name : or_default(options.optimizers, standard)) chosen.push_back(bench_optimizer(name, catalogue));
  return chosen;
}

std::vector<BenchCase> bench_cases(const BenchOptions& options, const Catalogue& catalogue) {
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
  struct Row {
    const BenchOptimizer* of;
    Chosen chosen;
  };
  const auto measured = bench_optimizers(options, catalogue);
  refuse_strange(measured, options.hyperparameters);
  std::vector<Row> rows;
  for (const auto& each : measured)
    for (auto& chosen : combinations(each, options.hyperparameters)) rows.push_back({&each, std::move(chosen)});
  const StandardRunner runner(catalogue);
  std::vector<BenchCase> cases;
  for (const auto& problem : or_default(options.problems, names_of(catalogue.problems())))
    for (const auto& [of, chosen] : rows)
      for (const auto batch : or_default(options.batch_sizes, {catalogue.problem(problem).batch_size.value_or(128)}))
        for (const auto threads : or_default(options.threads, {0})) {
          const RunConfig config{.testproblem = problem,
                                 .optimizer = of->optimizer->name,
                                 .batch_size = batch,
                                 .num_epochs = setting("num_epochs").range->most,  // it ends when enough is measured
                                 .learning_rate = of->optimizer->usual_learning_rate,
                                 .hyperparameters = chosen.values,
                                 .home = options.home,
                                 .no_logs = true,
                                 .device = options.device.kind,
                                 .precision = options.device.precision,
                                 .cuda_library = options.device.cuda_library,
                                 .cuda_overlap = options.device.cuda_overlap,
                                 .threads = threads,
                                 .conv_algorithm = same.conv_algorithm};
          const BenchCase one{runner.resolve(config), of->name, chosen.words, isa, resolved_threads(threads)};
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
