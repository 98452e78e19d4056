#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "runner/analysis/classic/setting_summary.h"

namespace deepobs {

/// Whether all settings have equally many runs: `most` is `final` then, as in DeepOBS 1.2.
bool have_equal_runs(std::span<const SettingSummary> settings);

/// The settings, best first. Ties keep their order, NaN and settings without the metric come last.
std::vector<std::size_t> ranking(std::span<const SettingSummary> settings, ChoiceMode mode, ResultMetric metric);

/// The first of the ranking; none where its value cannot win (NaN, an infinite loss).
std::optional<std::size_t> chosen_setting(std::span<const SettingSummary> settings, ChoiceMode mode,
                                          ResultMetric metric);

}  // namespace deepobs
