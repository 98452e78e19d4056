#include "runner/training/records/deepobs_json.h"

#include <algorithm>
#include <span>

#include "runner/results/json/device_json.h"
#include "runner/results/json/json_writer.h"
#include "runner/training/config/run_identity.h"
#include "runner/training/config/settings.h"
#include "runner/training/records/version.h"
#include "runner/training/stream/stream_size.h"

namespace deepobs {
namespace {

void write_object(JsonWriter& json, std::string_view key, std::span<const NamedValue> values) {
  json.key(key).begin_object();
  for (const auto& [name, value] : values) {
    json.key(name);
    write_value(json, value);
  }
  json.end_object();
}

/// Epochs are integers in DeepOBS, unless somebody gave a fraction; factors are floats.
void write_schedule(JsonWriter& json, const RunConfig& config) {
  for (const char* name : {"lr_sched_epochs", "lr_sched_factors"})
    write_setting(json, setting(name), setting(name).get(config));
}

/// A text, or null where it is empty.
void write_text(JsonWriter& json, std::string_view key, const std::string& text) {
  json.key(key);
  write_value(json, SettingValue(text));
}

/// The settings of one group that the result's JSON has under our keys.
void write_settings(JsonWriter& json, const Run& run, OptionGroup group) {
  for (const Setting& setting : settings()) {
    if (setting.in_result != InResult::by_us || setting.option.group != group) continue;
    write_setting(json, setting, value_in(run, setting));
  }
}

/// Every evaluation has an entry, if the problem has an accuracy.
bool has_accuracy(const RunResult& result) { return !result.test.accuracies.empty(); }

/// Metrics that DeepOBS does not know: an object by name for each part.
void write_further_metrics(JsonWriter& json, std::string_view key, const Curve& curve) {
  if (curve.further_metrics.empty()) return;
  json.key(key).begin_object();
  for (const auto& [name, values] : curve.further_metrics) json.member(name, values);
  json.end_object();
}

/// Keys of DeepOBS 1.1 and of the PyTorch port.
void write_flat(JsonWriter& json, const Run& run, const RunResult& result) {
  json.member("train_losses", result.train.losses);
  json.member("test_losses", result.test.losses);
  json.member("minibatch_train_losses", result.minibatch_train_losses);
  if (has_accuracy(result)) {
    json.member("train_accuracies", result.train.accuracies);
    json.member("test_accuracies", result.test.accuracies);
  }
  json.member("optimizer", run.optimizer->name).member("testproblem", run.problem->name);
  json.member("weight_decay", run.config.weight_decay);
  json.member("batch_size", run.batch_size).member("num_epochs", run.num_epochs);
  json.member("learning_rate", run.learning_rate);
  write_schedule(json, run.config);
  json.member("random_seed", run.config.random_seed);
  json.member("train_log_interval", run.config.train_log_interval);
  write_object(json, "hyperparams", result.hyperparameters);
}

/// Keys of DeepOBS 1.2.
void write_nested(JsonWriter& json, const Run& run, const RunResult& result) {
  json.member("testproblem", run.problem->name);
  json.member("batch_size", run.batch_size).member("num_epochs", run.num_epochs);
  json.member("random_seed", run.config.random_seed);
  json.member("weight_decay", run.config.weight_decay);
  json.member("optimizer_name", run.optimizer->name);
  auto hyperparameters = result.hyperparameters;
  hyperparameters.insert(hyperparameters.begin(), {"lr", run.learning_rate});
  write_object(json, "optimizer_hyperparams", hyperparameters);
  json.key("training_params").begin_object();
  if (run.config.lr_sched_epochs) write_schedule(json, run.config);
  json.end_object();
  const bool validation = run.config.validation;
  json.member("train_losses", result.train.losses);
  if (validation) json.member("valid_losses", result.valid.losses);
  json.member("test_losses", result.test.losses).member("minibatch_train_losses", result.minibatch_train_losses);
  if (!has_accuracy(result)) return;
  json.member("train_accuracies", result.train.accuracies);
  if (validation) json.member("valid_accuracies", result.valid.accuracies);
  json.member("test_accuracies", result.test.accuracies);
}

/// Writes the facts that follow from the configuration and are no settings.
void write_what_follows(JsonWriter& json, const Run& run) {
  write_text(json, "init_from_crc32", run.init_from_crc);
  for (const auto& [name, version] : versions_of(run)) write_text(json, name, version);
}

void write_versions(JsonWriter& json) {
  json.member("deepobs_version", version()).member("revision", revision());
  json.key("library_versions").begin_object();
  for (const auto& [name, number] : library_versions()) json.member(name, number);
  json.end_object();
}

/// The curves of a validation set that have no place among the keys of the layout's version, and which set it was.
void write_validation(JsonWriter& json, const Run& run, const RunResult& result) {
  if (run.config.layout != Layout::v1_2) {
    json.member("valid_losses", result.valid.losses);
    if (has_accuracy(result)) json.member("valid_accuracies", result.valid.accuracies);
  }
  json.member("valid_losses_without_regulariser", result.valid.plain_losses);
  json.key("validation_split").begin_object();
  json.member("training_examples", result.train_examples - result.held_out);
  json.member("validation_examples", result.validation_examples);
  json.member("held_out", result.held_out == 0 ? "none: the data set has a validation set of its own"
                          : run.config.data_order == DataOrder::sequential ? "last"
                                                                           : "random, by random_seed");
  json.end_object();
}

/// What DeepOBS does not record.
void write_extras(JsonWriter& json, const Run& run, const RunResult& result) {
  json.member("status", result.divergence ? "diverged" : "completed");
  if (const auto& divergence = result.divergence) {
    json.member("diverged_in_epoch", divergence->epoch).member("diverged_at_step", divergence->global_step);
    json.member("first_bad_tensor", divergence->first_bad_tensor);
  }
  json.member("train_losses_without_regulariser", result.train.plain_losses);
  json.member("test_losses_without_regulariser", result.test.plain_losses);
  write_further_metrics(json, "train_metrics", result.train);
  write_further_metrics(json, "valid_metrics", result.valid);
  write_further_metrics(json, "test_metrics", result.test);
  if (run.config.validation) write_validation(json, run, result);
  json.member("learning_rates", result.learning_rates);
  json.member("effective_weight_decay", run.weight_decay);
  write_settings(json, run, OptionGroup::training);
  write_what_follows(json, run);
  json.member("steps_per_epoch", result.steps_per_epoch).member("parameter_count", result.parameter_count);
  if (result.gradient_evaluations) json.member("gradient_evaluations", *result.gradient_evaluations);
  json.key("data").begin_object();
  json.member("name", run.problem->dataset).member("complete", result.data_complete);
  json.member("train_examples", result.train_examples).member("test_examples", result.test_examples);
  json.member("folder", utf8_text(result.data_folder)).end_object();
  json.member("start_time", result.start_time).member("start_utc_offset", result.start_utc_offset);
  json.member("total_seconds", result.total_seconds);
  json.member("train_seconds", result.train_seconds).member("eval_seconds", result.eval_seconds);
  if (result.data_wait_seconds) json.member("data_wait_seconds", *result.data_wait_seconds);
  json.member("train_examples_per_second", result.train_examples_per_second);
  json.member("eval_examples_per_second", result.eval_examples_per_second);
  json.member("device", result.device.kind).member("device_name", result.device.name);
  json.member("threads", result.device.threads).member("simd", result.device.simd);
  json.member("precision", result.device.precision);
  write_settings(json, run, OptionGroup::machine);
  if (result.device.kind != "cpu") write_gpu(json, result.device);
  write_versions(json);
}

}  // namespace

std::string deepobs_json(const Run& run, const RunResult& result) {
  JsonWriter json(run.config.layout == Layout::v1_2 ? 4 : 2);
  json.begin_object();
  if (run.config.layout == Layout::v1_2)
    write_nested(json, run, result);
  else
    write_flat(json, run, result);
  write_extras(json, run, result);
  json.end_object();
  return json.finish() + "\n";
}

std::string configuration_json(const Run& run, const std::string& json_path, const DatasetStatus& data) {
  JsonWriter json(2);
  json.begin_object();
  for (const Setting& setting : settings()) {
    if (setting.in_result == InResult::nowhere) continue;
    // DeepOBS has the argument of weight_decay here, and what is in force further down.
    write_setting(json, setting, setting.name == "weight_decay" ? setting.get(run.config) : value_in(run, setting));
  }
  write_object(json, "hyperparams", run.hyperparameters.values());
  json.member("effective_weight_decay", run.weight_decay);
  write_what_follows(json, run);
  json.member("data_state", std::string(name_of(data.state)));
  write_text(json, "data_folder", data.folder.string());
  write_text(json, "data_error", data.error ? data.error->what() : "");
  if (run.data_set->is_streamed()) json.member("data_bytes_in_memory", stream_size(run, run.data_set->columns).bytes());
  write_text(json, "json", json_path);
  json.end_object();
  return json.finish();
}

}  // namespace deepobs
