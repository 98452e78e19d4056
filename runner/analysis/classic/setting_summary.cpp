#include "runner/analysis/classic/setting_summary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/base/check.h"
#include "runner/analysis/statistics/sample/mean_interval.h"
#include "runner/results/text/counted.h"
#include "runner/results/text/python_text.h"

namespace deepobs {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

std::optional<double> number_in(const ReadParameter& parameter) {
  if (const auto* number = std::get_if<double>(&parameter.value)) return *number;
  if (const auto* whole = std::get_if<std::int64_t>(&parameter.value)) return static_cast<double>(*whole);
  return std::nullopt;
}

/// "AMD EPYC, 2 threads, avx2, fp32": runs of one machine, whose times can be compared.
std::string machine_of(const ReadConditions& conditions) {
  if (conditions.device.empty()) return "";
  return text(conditions.device_name,
              conditions.threads ? text(", ", counted(*conditions.threads, "thread")) : std::string(), ", ",
              conditions.simd, ", ", conditions.precision);
}

std::string version_of(const ReadResult& result) {
  if (!result.conditions.version.empty()) return "deepobs " + result.conditions.version;
  return result.is_v1_2 ? "DeepOBS 1.2 (by its keys)" : "DeepOBS 1.1 (by its keys)";
}

/// The regulariser's factor in force, where the file has it on record; else the one that was given.
std::string decay_of(const ReadResult& result) {
  const auto& in_force = result.conditions.effective_weight_decay;
  return in_force ? python_repr(*in_force) : given_decay(result);
}

RunSummary run_summary(const SettingRun& run, std::optional<double> performance) {
  const ReadResult& result = run.result;
  RunSummary out;
  out.file = run.file;
  out.seed = result.seed;
  for (const ResultMetric metric : all_metrics)
    if (const auto* list = list_of(result, metric)) out.final[metric] = list->back();
  out.diverged = result.divergence.has_value() || !std::isfinite(result.test_losses.back());
  for (const ResultMetric metric : {ResultMetric::test_losses, ResultMetric::test_accuracies})
    if (const auto* list = list_of(result, metric); list != nullptr && performance)
      out.convergence[metric] = time_to_convergence(*performance, *list, metric);
  const ReadConditions& conditions = result.conditions;
  out.machine = machine_of(conditions);
  if (const auto& seconds = conditions.train_seconds; !seconds.empty())
    out.epoch_seconds = std::accumulate(seconds.begin(), seconds.end(), 0.) / static_cast<double>(seconds.size());
  return out;
}

}  // namespace

std::int64_t SettingSummary::diverged() const { return std::ranges::count(runs, true, &RunSummary::diverged); }

std::vector<double> SettingSummary::finals(ResultMetric metric) const {
  std::vector<double> out;
  for (const auto& run : runs)
    if (run.final[metric]) out.push_back(*run.final[metric]);
  return out;
}

Estimate SettingSummary::final_estimate(ResultMetric metric) const {
  Estimate mean = mean_interval(finals(metric));
  if (mean.n_diverged == 0) return mean;
  mean.value = final_value(metric);
  mean.interval.reset();
  mean.caveat = text("Of ", count_text(mean.n, "run"), " ", mean.n_diverged,
                     " diverged: their mean is no finite number, and there is no interval.");
  return mean;
}

double SettingSummary::final_value(ResultMetric metric) const {
  return metrics[metric] ? metrics[metric]->final.mean : none;
}

double SettingSummary::best_value(ResultMetric metric) const { return metrics[metric] ? metrics[metric]->best : none; }

double SettingSummary::value(ChoiceMode mode, ResultMetric metric) const {
  return mode == ChoiceMode::best ? best_value(metric) : final_value(metric);
}

std::optional<double> SettingSummary::speed(ResultMetric metric) const {
  std::vector<TimeToTarget> times;
  for (const auto& run : runs)
    if (run.convergence[metric]) times.push_back(*run.convergence[metric]);
  return times.empty() ? std::nullopt : std::optional(legacy_speed(times));
}

BestValue best_of(const std::vector<double>& curve, ResultMetric metric) {
  BestValue out{none, 0};
  for (std::size_t e = 0; e < curve.size(); ++e)
    if (!std::isnan(curve[e]) && (std::isnan(out.value) || is_better(metric, curve[e], out.value)))
      out = {curve[e], static_cast<std::int64_t>(e)};
  return out;
}

std::vector<const std::vector<double>*> lists_of(const std::vector<SettingRun>& runs, ResultMetric metric) {
  std::vector<const std::vector<double>*> out;
  for (const auto& run : runs)
    if (const auto* list = list_of(run.result, metric)) out.push_back(list);
  return out;
}

SettingSummary summary_of(const SettingRuns& setting, std::optional<double> performance) {
  require(!setting.runs.empty(), Fault::usage, "a setting without runs has no summary");
  const ReadResult& first = setting.runs.front().result;
  SettingSummary out;
  out.name = setting.folder->name;
  out.place = setting.folder->place;
  out.hyperparameters = first.hyperparameters;
  out.training_parameters = first.training_parameters;
  out.epochs = first.epochs;
  out.batch = first.batch;
  out.weight_decay = decay_of(first);
  std::erase_if(out.hyperparameters, [&](const ReadParameter& each) {
    const auto number = number_in(each);
    if (out.learning_rate || !number || (each.name != "lr" && each.name != "learning_rate")) return false;
    out.learning_rate = number;
    return true;
  });
  for (const auto& run : setting.runs) {
    out.runs.push_back(run_summary(run, performance));
    const ReadConditions& conditions = run.result.conditions;
    if (!conditions.device.empty()) out.devices.insert(conditions.device);
    if (!conditions.precision.empty()) out.precisions.insert(conditions.precision);
    out.versions.insert(version_of(run.result));
  }
  for (const ResultMetric metric : all_metrics) {
    const auto lists = lists_of(setting.runs, metric);
    if (lists.empty()) continue;
    const BestValue best = best_of(mean_curve(lists), metric);
    out.metrics[metric] = {spread_of(out.finals(metric)), best.value, best.epoch};
  }
  return out;
}

}  // namespace deepobs
