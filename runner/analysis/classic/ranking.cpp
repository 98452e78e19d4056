#include "runner/analysis/classic/ranking.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace deepobs {
namespace {

ChoiceMode effective(std::span<const SettingSummary> settings, ChoiceMode mode) {
  return mode == ChoiceMode::most && have_equal_runs(settings) ? ChoiceMode::final : mode;
}

}  // namespace

bool have_equal_runs(std::span<const SettingSummary> settings) {
  return std::ranges::all_of(settings, [&](const auto& each) { return each.runs.size() == settings[0].runs.size(); });
}

std::vector<std::size_t> ranking(std::span<const SettingSummary> settings, ChoiceMode mode, ResultMetric metric) {
  std::vector<std::size_t> order(settings.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const ChoiceMode by = effective(settings, mode);
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    if (by == ChoiceMode::most) return settings[a].runs.size() > settings[b].runs.size();
    const double x = settings[a].value(by, metric), y = settings[b].value(by, metric);
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
  return is_better(metric, settings[first].value(by, metric), worst) ? std::optional(first) : std::nullopt;
}

}  // namespace deepobs
