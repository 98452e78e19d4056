#include "runner/training/prepared_runs.h"

#include <algorithm>

#include "engine/base/check.h"
#include "problems/data/datasets.h"
#include "problems/data/locate.h"
#include "problems/network/parameters_file.h"
#include "runner/results/caught.h"
#include "runner/results/files/publish.h"
#include "runner/results/text/local_time.h"
#include "runner/training/config/run_identity.h"
#include "runner/training/records/algorithm_file.h"
#include "runner/training/records/checkpoint_keeper.h"
#include "runner/training/records/data_warnings.h"
#include "runner/training/records/deepobs_json.h"
#include "runner/training/records/finished_result.h"
#include "runner/training/records/outputs.h"
#include "runner/training/session.h"

namespace deepobs {
namespace {

void tell_about(const Run& run, const Dataset& data, Observer& observer) {
  for (const auto& warning : {passed_over_text(*run.data_set, run.config.data_dir, data.folder), incomplete_text(data)})
    if (!warning.empty()) observer.warning(warning);
}

/// Neither the result nor the parameters are lost because the other cannot be written.
void write_outputs(const Run& run, const RunName& name, const Storage& storage, int parameters, RunResult& result) {
  const auto unsaved = caught([&] {
    if (!run.config.save_params.empty()) save_parameters(run.config.save_params, storage, parameters);
  });
  const auto unpublished = caught([&] {
    if (!run.config.no_logs)
      result.json = publish(
          run.config.output_dir, run_folder(name, run.config.layout),
          [&](int attempt) { return run_file(name, attempt); }, deepobs_json(run, result));
  });
  if (unpublished)
    fail(unpublished->fault(), unsaved ? text("save_params: ", unsaved->what(), "; and ") : "", unpublished->what());
  if (unsaved)
    fail(unsaved->fault(), "save_params: ", unsaved->what(),
         result.json.empty() ? "" : "; the result is complete in '" + result.json.string() + "'");
}

}  // namespace

PreparedRuns::PreparedRuns(std::vector<Run> runs, std::span<Observer* const> observers) : runs_(std::move(runs)) {
  require(observers.size() == runs_.size(), Fault::internal, "one observer for each run, not ", observers.size(),
          " for ", runs_.size());
  for (std::size_t i = 0; i < runs_.size(); ++i)
    for (const auto& line : runs_[i].warnings) observers[i]->warning(line);
  check_outputs(runs_);
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    refuse_stopped(runs_[i].config);
    const Data& data = data_of(runs_[i]);
    tell_about(runs_[i], data.described, *observers[i]);
    runs_[i].note_data(data.described.train.count, data.described.test.count);
    const TrainingGraphs& graphs = graphs_of(runs_[i], data);
    shared_.push_back({&data, &graphs, initial_of(runs_[i].config.init_from, graphs)});
  }
  // Their folders have other names than were tried.
  const auto has_part = [](const Run& run) { return run.train_examples || run.test_examples; };
  if (std::ranges::any_of(runs_, has_part)) check_outputs(runs_);
}

Device& PreparedRuns::home_of(const Run& run) {
  auto& home = run.config.device == "cuda" ? gpu_home_ : cpu_home_;
  if (!home) home = make_device(run.device(), {.threads = 1});
  return *home;
}

const PreparedRuns::Data& PreparedRuns::data_of(const Run& run) {
  const RunConfig& config = run.config;
  for (const auto& data : data_)
    if (data->info == run.data_set && data->device == config.device && data->data_dir == config.data_dir &&
        data->home == config.home)
      return *data;
  Device& home = home_of(run);  // before the data are read: without a GPU there is no need to
  Dataset loaded = load_dataset(*run.data_set, search_places(config.data_dir, config.home));
  ResidentData resident(home, loaded);
  loaded.drop_values();  // they have moved to the device
  data_.push_back(std::make_unique<Data>(
      Data{run.data_set, config.device, config.data_dir, config.home, std::move(loaded), std::move(resident)}));
  return *data_.back();
}

const TrainingGraphs& PreparedRuns::graphs_of(const Run& run, const Data& data) {
  for (const auto& planned : planned_)
    if (planned.data == &data && planned.problem == run.problem && planned.optimizer == run.optimizer &&
        same_computation(planned.of, run.config) &&
        (planned.num_epochs == run.num_epochs || !planned.graphs->train.method.depends_on_total_steps))
      return *planned.graphs;
  planned_.push_back({run.config, run.num_epochs, run.problem, run.optimizer, &data,
                      std::make_unique<TrainingGraphs>(run, data.described)});
  return *planned_.back().graphs;
}

/// The initial parameters of a model, read once; null where none are asked for.
const std::vector<NamedTensor>* PreparedRuns::initial_of(const std::filesystem::path& file,
                                                         const TrainingGraphs& graphs) {
  if (file.empty()) return nullptr;
  for (const auto& initial : initial_)
    if (initial->file == file && initial->graphs == &graphs) return &initial->tensors;
  initial_.push_back(std::make_unique<Initial>(Initial{file, &graphs, read_parameters(file, graphs.store)}));
  return &initial_.back()->tensors;
}

RunResult PreparedRuns::execute(std::size_t i, Observer& observer, std::chrono::steady_clock::time_point begin) const {
  const Run& run = runs_.at(i);
  const auto& [data, graphs, initial] = shared_[i];
  RunResult result;
  const LocalTime now = local_time();
  result.start_time = now.stamp;
  result.start_utc_offset = now.utc_offset;
  RunName name = run.name(result.start_time);
  std::optional<CheckpointKeeper> keeper;
  if (run.config.resume) {
    keeper.emplace(run, observer, begin, now);
    // Looked for now that no other process works on the run.
    if (auto finished = run.config.no_logs ? std::nullopt : finished_result(run, name)) {
      keeper->complete();  // of a process that was killed behind its result
      observer.finished(*finished);
      return *std::move(finished);
    }
  }
  result.data_complete = data->described.complete;
  result.data_folder = data->described.folder.string();
  result.train_examples = data->described.train.count;
  result.test_examples = data->described.test.count;

  const bool gpu = run.config.device == "cuda";
  const auto device = make_device(run.device(), {.threads = run.config.threads},
                                  gpu ? std::make_shared<AlgorithmFile>(run.config.home) : nullptr);
  result.device = device->info();
  std::optional<StreamedData> streamed;
  if (data->described.streamed) streamed.emplace(run, *graphs, data->described, *device);
  Storage storage(*device, graphs->store);
  if (streamed)
    streamed->bind_to(storage, *graphs);
  else
    data->resident.bind_to(storage, *graphs);
  if (initial == nullptr)
    storage.initialize(static_cast<std::uint64_t>(run.config.random_seed));
  else
    set_parameters(*initial, storage);

  result.hyperparameters.assign(run.hyperparameters.values().begin(), run.hyperparameters.values().end());
  result.parameter_count = graphs->store.parameter_count();
  result.steps_per_epoch = graphs->steps_per_epoch;
  result.weight_decay = run.weight_decay;
  observer.started({run, result.parameter_count, graphs->steps_per_epoch, device_words(result.device),
                    graphs->test.metric("accuracy") != nullptr});
  Session session(run, *graphs, storage, observer, std::move(result), streamed ? &*streamed : nullptr);
  if (keeper) keeper->resume(session);
  while (!session.done()) {
    try {
      session.advance();
    } catch (const Error& error) {
      if (!keeper || error.fault() != Fault::interrupted) throw;
      keeper->stop(session);
    }
    if (keeper && !session.done()) keeper->after_piece(session);
  }
  result = session.result();
  result.device = device->info();  // with the algorithms that it has chosen
  for (const auto& line : result.device.warnings) observer.warning(line);
  result.total_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (keeper) {
    name.time_stamp = result.start_time = keeper->start().stamp;
    result.start_utc_offset = keeper->start().utc_offset;
    result.total_seconds = keeper->total_seconds();
  }

  write_outputs(run, name, storage, graphs->train.method.evaluated, result);
  if (keeper) keeper->complete();
  observer.finished(result);
  return result;
}

}  // namespace deepobs
