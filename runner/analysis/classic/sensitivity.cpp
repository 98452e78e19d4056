#include "runner/analysis/classic/sensitivity.h"

#include <algorithm>
#include <limits>

#include "engine/base/check.h"
#include "runner/analysis/statistics/tuning/relative_performance.h"

namespace deepobs {
namespace {

void require_value(ChoiceMode mode) {
  require(mode != ChoiceMode::most, Fault::usage,
          "the number of runs has no sensitivity; the mode must be final or best");
}

std::optional<double> number_of(const SettingSummary& setting, const std::string& name) {
  if (name == "lr" || name == "learning_rate") return setting.learning_rate;
  for (const auto& each : setting.hyperparameters) {
    if (each.name != name) continue;
    if (const auto* number = std::get_if<double>(&each.value)) return *number;
    if (const auto* whole = std::get_if<std::int64_t>(&each.value)) return static_cast<double>(*whole);
    if (const auto* flag = std::get_if<bool>(&each.value)) return *flag ? 1 : 0;
  }
  return std::nullopt;
}

}  // namespace

std::vector<double> relative_performances(std::span<const SettingSummary> settings, ChoiceMode mode,
                                          ResultMetric metric) {
  require_value(mode);
  const auto chosen = chosen_setting(settings, mode, metric);
  if (!chosen) return {};
  std::vector<double> values;
  for (const auto& setting : settings) values.push_back(setting.value(mode, metric));
  std::vector<double> out = relative_performance(values, values[*chosen], better_of(metric));
  // As NumPy's nan_to_num has it, of which relative_performance() leaves infinities alone.
  constexpr double largest = std::numeric_limits<double>::max();
  for (double& relative : out) relative = std::clamp(relative, -largest, largest);
  return out;
}

std::vector<RelativePoint> learning_rate_sensitivity(std::span<const SettingSummary> settings, ChoiceMode mode,
                                                     ResultMetric metric) {
  const auto relative = relative_performances(settings, mode, metric);
  std::vector<RelativePoint> out;
  for (std::size_t i = 0; i < relative.size(); ++i)
    if (settings[i].learning_rate) out.push_back({*settings[i].learning_rate, relative[i], i});
  std::ranges::stable_sort(out, {}, &RelativePoint::learning_rate);
  return out;
}

std::vector<SensitivityPoint> hyperparameter_sensitivity(std::span<const SettingSummary> settings,
                                                         std::span<const std::string> hyperparameters, ChoiceMode mode,
                                                         ResultMetric metric) {
  require_value(mode);
  std::vector<SensitivityPoint> out;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    SensitivityPoint point{{}, settings[i].value(mode, metric), settings[i].finals(metric), i};
    for (const auto& name : hyperparameters)
      if (const auto number = number_of(settings[i], name)) point.at.push_back(*number);
    if (point.at.size() == hyperparameters.size()) out.push_back(std::move(point));
  }
  std::ranges::stable_sort(out, {}, &SensitivityPoint::at);
  return out;
}

}  // namespace deepobs
