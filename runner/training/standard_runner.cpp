#include "runner/training/standard_runner.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "runner/results/caught.h"
#include "runner/results/files/paths.h"
#include "runner/training/concurrent.h"
#include "runner/training/prepared_runs.h"

namespace deepobs {
namespace {

using Clock = std::chrono::steady_clock;

/// The threads that a run of several gets if it asks for as many as there are.
Concurrency concurrency_of(const std::vector<RunConfig>& configs, int jobs) {
  int threads = 0;
  for (const auto& config : configs) threads = std::max(threads, config.threads);
  return resolve_concurrency(configs.size(), jobs, threads);
}

}  // namespace

StandardRunner::StandardRunner(const Optimizer& optimizer, std::vector<NamedValue> hyperparameters)
    : catalogue_(std::make_shared<const Catalogue>(Own{.optimizers = {optimizer}})),
      optimizer_(optimizer.name),
      hyperparameters_(std::move(hyperparameters)) {}

StandardRunner::StandardRunner(Catalogue catalogue)
    : catalogue_(std::make_shared<const Catalogue>(std::move(catalogue))) {}

Run StandardRunner::resolve(RunConfig config) const {
  FileSums sums;
  return resolve(std::move(config), sums);
}

Run StandardRunner::resolve(RunConfig config, FileSums& sums) const {
  for (const auto& given : hyperparameters_)
    if (std::ranges::find(config.hyperparameters, given.name, &NamedValue::name) == config.hyperparameters.end())
      config.hyperparameters.push_back(given);
  if (!optimizer_.empty()) name_optimizer(config, optimizer_);
  return deepobs::resolve(config, catalogue_, sums);
}

RunResult StandardRunner::run(RunConfig config) const {
  Observer silent;
  return run(std::move(config), silent);
}

RunResult StandardRunner::run(RunConfig config, Observer& observer) const {
  const auto begin = Clock::now();
  Observer* const observers[] = {&observer};
  const PreparedRuns prepared({resolve(std::move(config))}, observers);
  return prepared.execute(0, observer, begin);
}

std::vector<Run> StandardRunner::resolve_all(std::vector<RunConfig> configs, int jobs) const {
  const int threads = concurrency_of(configs, jobs).threads;
  std::vector<Run> runs;
  FileSums sums;
  std::map<std::filesystem::path, int> saved;
  for (auto& config : configs) {
    if (config.threads == 0) config.threads = threads;
    refuse_stopped(config);
    runs.push_back(resolve(std::move(config), sums));
    const auto& target = runs.back().config.save_params;
    require(target.empty() || ++saved[real_path(target)] == 1, Fault::usage, "save_params: several runs would write ",
            target.string(), "; each needs a file of its own");
  }
  return runs;
}

std::vector<RunOutcome> StandardRunner::run_all(std::vector<RunConfig> configs, int jobs,
                                                std::span<Observer* const> observers) const {
  require(observers.empty() || observers.size() == configs.size(), Fault::usage,
          "run_all: there must be one observer for each run or none, not ", observers.size(), " for ", configs.size(),
          " runs");
  require(std::ranges::find(observers, nullptr) == observers.end(), Fault::usage,
          "run_all: an observer is null; give each run one, or none at all");
  Observer silent;  // does nothing, so all threads may call it
  const std::vector<Observer*> all = observers.empty() ? std::vector<Observer*>(configs.size(), &silent)
                                                       : std::vector<Observer*>(observers.begin(), observers.end());
  jobs = concurrency_of(configs, jobs).jobs;
  const PreparedRuns prepared(resolve_all(std::move(configs), jobs), all);

  std::vector<RunOutcome> outcomes(prepared.size());
  run_concurrently(prepared.size(), jobs, [&](std::size_t i) {
    outcomes[i].error = caught([&] {
      try {
        outcomes[i].result = prepared.execute(i, *all[i], Clock::now());
      } catch (...) {
        outcomes[i].thrown = std::current_exception();
        throw;
      }
    });
    if (outcomes[i].error) caught([&] { all[i]->failed(*outcomes[i].error); });
  });
  return outcomes;
}

}  // namespace deepobs
