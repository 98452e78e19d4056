#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runner/analysis/classic/choice_mode.h"
#include "runner/analysis/classic/convergence.h"
#include "runner/analysis/classic/spread.h"
#include "runner/analysis/reading/metric.h"
#include "runner/analysis/reading/setting_reader.h"
#include "runner/analysis/statistics/numbers/estimate.h"

namespace deepobs {

/// What is kept of a run when its curves are gone.
struct RunSummary {
  std::string file;
  std::int64_t seed = 0;
  bool diverged = false;  ///< its record says so, or its last test loss is not finite
  PerMetric<std::optional<double>> final;
  PerMetric<std::optional<TimeToTarget>> convergence;  ///< by each test list, where there is a performance to reach
  std::string machine;                                 ///< device, threads, precision: what times are compared on
  std::optional<double> epoch_seconds;                 ///< of training, mean over the epochs
};

/// What is kept of a metric of a setting.
struct MetricSummary {
  Spread final;                 ///< of the last values
  double best = 0;              ///< the best value of the mean curve; NaN where it has nothing but NaN
  std::int64_t best_epoch = 0;  ///< the first that has it
};

/// One choice of hyperparameters and its runs.
struct SettingSummary {
  std::string name;                            ///< of the folder
  std::string place;                           ///< the folder relative to the results
  std::vector<ReadParameter> hyperparameters;  ///< without the learning rate
  std::optional<double> learning_rate;
  std::vector<ReadParameter> training_parameters;
  std::int64_t epochs = 0, batch = 0;
  std::string weight_decay;                             ///< the regulariser's factor in words
  std::set<std::string> devices, precisions, versions;  ///< of those runs that say so
  std::vector<RunSummary> runs;                         ///< sorted by seed
  PerMetric<std::optional<MetricSummary>> metrics;

  std::int64_t diverged() const;
  /// The last values of the runs that have the metric.
  std::vector<double> finals(ResultMetric metric) const;
  /// mean_interval() of them; without an interval where one has no finite value, for the mean has none then.
  Estimate final_estimate(ResultMetric metric) const;
  /// The value by which settings are compared; NaN where there is none.
  double final_value(ResultMetric metric) const;
  double best_value(ResultMetric metric) const;
  /// The one that a mode compares; of mode most, which compares none, the final one.
  double value(ChoiceMode mode, ResultMetric metric) const;
  /// DeepOBS's speed: mean epochs to the convergence performance over the runs that have the test metric.
  std::optional<double> speed(ResultMetric metric) const;
};

/// `performance`: the convergence performance of the problem, where there is one.
/// Errors: usage, for a setting without runs.
SettingSummary summary_of(const SettingRuns& setting, std::optional<double> performance);

/// The best value of a curve, and the first epoch that has it; NaN and 0 where there is nothing but NaN.
struct BestValue {
  double value = 0;
  std::int64_t epoch = 0;
};
BestValue best_of(const std::vector<double>& curve, ResultMetric metric);

/// The list of each run that has the metric.
std::vector<const std::vector<double>*> lists_of(const std::vector<SettingRun>& runs, ResultMetric metric);

}  // namespace deepobs
