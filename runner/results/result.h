#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/device_info.h"
#include "engine/base/named_value.h"

namespace deepobs {

/// Loss and accuracy of one part of the data at epoch 0 ... N: N + 1 entries each, whatever happened.
struct Curve {
  std::vector<double> losses;        ///< with regulariser, as DeepOBS reports them
  std::vector<double> accuracies;    ///< in [0, 1]; empty for a problem without accuracy
  std::vector<double> plain_losses;  ///< without regulariser
  std::vector<std::pair<std::string, std::vector<double>>> further_metrics = {};  ///< of the problem, by name

  /// The values of the metric of that name; those of "accuracy" are `accuracies`.
  std::vector<double>& metric(const std::string& name) {
    if (name == "accuracy") return accuracies;
    for (auto& [known, values] : further_metrics)
      if (known == name) return values;
    return further_metrics.emplace_back(name, std::vector<double>()).second;
  }
};

/// Where a run stopped making sense.
struct Divergence {
  std::int64_t epoch = 0, step = 0;  ///< counted from 0; `step` within the epoch
  std::int64_t global_step = 0;      ///< counted over the whole run
  std::string first_bad_tensor;      ///< what was computed first that is not finite
};

/// What a run gives. The JSON holds the same.
struct RunResult {
  Curve train, test;
  Curve valid;                                 ///< empty without validation
  std::vector<double> minibatch_train_losses;  ///< objective of every train_log_interval-th step, before its update
  std::optional<Divergence> divergence;

  std::vector<double> learning_rates;  ///< per epoch trained
  std::vector<double> train_seconds;   ///< per epoch trained
  std::vector<double> eval_seconds;    ///< per evaluation, all parts together
  std::vector<double> train_examples_per_second, eval_examples_per_second;
  /// Of a streamed data set, per epoch trained: those of train_seconds in which the host waited for records. A GPU may
  /// have computed meanwhile.
  std::optional<std::vector<double>> data_wait_seconds = {};
  /// Wall clock up to the last evaluation. Reading the data and planning are in it, but not in a run of run_all(),
  /// where several may share them; writing the result never is.
  double total_seconds = 0;

  std::vector<NamedValue> hyperparameters;  ///< all of them, defaults included
  std::int64_t parameter_count = 0;
  std::int64_t steps_per_epoch = 0;
  /// Evaluations of the objective and its gradients in all training steps, of an optimizer that has more than one a
  /// step.
  std::optional<std::int64_t> gradient_evaluations = {};
  double weight_decay = 0;       ///< the L2 factor in force
  std::string start_time;        ///< local time, "2025-12-13-16-00-00"
  std::string start_utc_offset;  ///< of this local time, "+01:00"
  DeviceInfo device;
  bool data_complete = true;
  std::int64_t train_examples = 0, test_examples = 0;  ///< in the data set
  std::int64_t validation_examples = 0;                ///< in the validation set, where there is one
  std::int64_t held_out = 0;                           ///< how many of train_examples it was made of
  std::string data_folder;
  std::filesystem::path json;  ///< where it was written; empty: nowhere
  bool was_there = false;      ///< a run that is resumed was complete already: this is what its file says
};

}  // namespace deepobs
