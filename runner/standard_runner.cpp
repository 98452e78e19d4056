#include "runner/standard_runner.h"

#include <algorithm>
#include <chrono>
#include <ctime>

#include "engine/check.h"
#include "problems/data/datasets.h"
#include "problems/data/locate.h"
#include "runner/deepobs_json.h"
#include "runner/parameters_file.h"
#include "runner/publish.h"
#include "runner/resident_data.h"
#include "runner/train.h"
#include "runner/training_graphs.h"

namespace deepobs {
namespace {

void check_parameters_can_be_saved(const std::filesystem::path& file) {
  if (file.empty()) return;
  const auto folder = file.has_parent_path() ? file.parent_path() : ".";
  require(std::filesystem::is_directory(folder), Fault::io, "save_params: there is no folder ", folder.string());
  require(!std::filesystem::exists(file) || std::filesystem::is_regular_file(file), Fault::io,
          "save_params: ", file.string(), " is there already and is no file that could be replaced");
}

/// Whether `path` is `folder` or lies below it.
bool lies_in(const std::filesystem::path& path, const std::filesystem::path& folder) {
  const auto relative =
      std::filesystem::weakly_canonical(path).lexically_relative(std::filesystem::weakly_canonical(folder));
  return !relative.empty() && *relative.begin() != "..";
}

void tell_about(const Dataset& data, const std::filesystem::path& data_dir, Observer& observer) {
  if (!data_dir.empty() && !lies_in(data.folder, data_dir))
    observer.warning(text("WARNING: data_dir ", data_dir.string(), " has no data set ", data.name, "; using ",
                          data.folder.string()));
  if (data.complete) return;
  std::string reasons;
  for (const auto& note : data.notes) reasons += (reasons.empty() ? "" : "; ") + note;
  observer.warning(text("WARNING: data set ", data.name, " in ", data.folder.string(),
                        " is not complete: ", data.train.count, " of ", data.train.official_count, " training and ",
                        data.test.count, " of ", data.test.official_count, " test examples (", reasons, ")"));
}

}  // namespace

std::string local_time_stamp() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm local{};
  localtime_r(&now, &local);
  return time_stamp(local);
}

StandardRunner::StandardRunner(Optimizer optimizer, std::vector<NamedValue> hyperparameters)
    : optimizer_(std::move(optimizer)), hyperparameters_(std::move(hyperparameters)) {}

Run StandardRunner::resolve(RunConfig config) const {
  for (const auto& given : hyperparameters_)
    if (std::ranges::find(config.hyperparameters, given.name, &NamedValue::name) == config.hyperparameters.end())
      config.hyperparameters.push_back(given);
  return deepobs::resolve(config, optimizer_);
}

RunResult StandardRunner::run(RunConfig config) const {
  Observer silent;
  return run(std::move(config), silent);
}

RunResult StandardRunner::run(RunConfig config, Observer& observer) const {
  const auto begin = std::chrono::steady_clock::now();
  const Run run = resolve(std::move(config));
  for (const auto& line : run.warnings) observer.warning(line);

  RunResult result;
  result.start_time = local_time_stamp();
  const RunName name = run.name(result.start_time);
  const auto folder = run_folder(name, run.config.layout);
  if (!run.config.no_logs) check_publishable(run.config.output_dir, folder);
  check_parameters_can_be_saved(run.config.save_params);

  const auto device = cpu_device({.threads = run.config.threads});
  result.device = device->info();
  const auto [graphs, data] = [&] {
    const Dataset loaded = load_dataset(run.problem->dataset, search_places(run.config.data_dir, run.config.home));
    tell_about(loaded, run.config.data_dir, observer);
    result.data_complete = loaded.complete;
    result.data_folder = loaded.folder.string();
    result.train_examples = loaded.train.count;
    result.test_examples = loaded.test.count;
    // The bytes move to the device; the host's copy goes here.
    return std::pair(std::make_unique<TrainingGraphs>(run, loaded), ResidentData(*device, loaded));
  }();

  Storage storage(*device, graphs->store);
  data.bind_to(storage, *graphs);
  if (run.config.init_from.empty())
    storage.initialize(static_cast<std::uint64_t>(run.config.random_seed));
  else
    load_parameters(run.config.init_from, storage);

  result.hyperparameters.assign(run.hyperparameters.values().begin(), run.hyperparameters.values().end());
  result.parameter_count = graphs->store.parameter_count();
  result.steps_per_epoch = graphs->steps_per_epoch;
  result.weight_decay = run.weight_decay;
  observer.started({run, result.parameter_count, graphs->steps_per_epoch, result.device.threads, result.device.simd});
  train(run, *graphs, storage, observer, result);
  result.total_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  if (!run.config.save_params.empty()) save_parameters(run.config.save_params, storage);
  if (!run.config.no_logs)
    result.json = publish(
        run.config.output_dir, folder, [&](int attempt) { return run_file(name, attempt); }, deepobs_json(run, result));
  return result;
}

}  // namespace deepobs
