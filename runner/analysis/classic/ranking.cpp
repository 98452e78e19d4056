#include "runner/analysis/classic/ranking.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "engine/base/nearest_name.h"

namespace deepobs {
namespace {

constexpr std::array<std::string_view, all_modes.size()> names{"final", "best", "most"};

double value_of(const SettingSummary& setting, ChoiceMode mode, ResultMetric metric) {
  return mode == ChoiceMode::best ? setting.best_value(metric) : setting.final_value(metric);
}

ChoiceMode effective(std::span<const SettingSummary> settings, ChoiceMode mode) {
  return mode == ChoiceMode::most && have_equal_runs(settings) ? ChoiceMode::final : mode;
}

}  // namespace

std::string_view name_of(ChoiceMode mode) { return names[static_cast<std::size_t>(mode)]; }

ChoiceMode mode_named(std::string_view name) {
  for (const ChoiceMode mode : all_modes)
    if (name_of(mode) == name) return mode;
  fail(Fault::usage, unknown_name_text("mode", name, std::vector<std::string>(names.begin(), names.end())));
}

bool have_equal_runs(std::span<const SettingSummary> settings) {
  return std::ranges::all_of(settings, [&](const auto& each) { return each.runs.size() == settings[0].runs.size(); });
}

std::vector<std::size_t> ranking(std::span<const SettingSummary> settings, ChoiceMode mode, ResultMetric metric) {
  std::vector<std::size_t> order(settings.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const ChoiceMode by = effective(settings, mode);
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    if (by == ChoiceMode::most) return settings[a].runs.size() > settings[b].runs.size();
    const double x = value_of(settings[a], by, metric), y = value_of(settings[b], by, metric);
    return std::isnan(y) ? !std::isnan(x) : is_better(metric, x, y);
  });
  return order;
}

std::optional<std::size_t> chosen_setting(std::span<const SettingSummary> settings, ChoiceMode mode,
                                          ResultMetric metric) {
  if (settings.empty()) return std::nullopt;
  const std::size_t first = ranking(settings, mode, metric).front();
  const ChoiceMode by = effective(settings, mode);
  if (by == ChoiceMode::most) return first;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double worst = is_accuracy(metric) ? -infinity : infinity;
  return is_better(metric, value_of(settings[first], by, metric), worst) ? std::optional(first) : std::nullopt;
}

}  // namespace deepobs
