#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "runner/analysis/classic/setting_summary.h"

namespace deepobs {

/// How DeepOBS chooses one setting of an optimizer: by the last value of the mean curve, by its best, or the one with
/// the most runs, which is the one that its protocol has repeated.
enum class ChoiceMode { final, best, most };

inline constexpr std::array all_modes{ChoiceMode::final, ChoiceMode::best, ChoiceMode::most};

std::string_view name_of(ChoiceMode mode);
/// Errors: usage, for a name that is none.
ChoiceMode mode_named(std::string_view name);

/// Whether all settings have equally many runs: `most` is `final` then, as in DeepOBS 1.2.
bool have_equal_runs(std::span<const SettingSummary> settings);

/// The settings, best first. Ties keep their order, NaN and settings without the metric come last.
std::vector<std::size_t> ranking(std::span<const SettingSummary> settings, ChoiceMode mode, ResultMetric metric);

/// The first of the ranking; none where its value cannot win (NaN, an infinite loss).
std::optional<std::size_t> chosen_setting(std::span<const SettingSummary> settings, ChoiceMode mode,
                                          ResultMetric metric);

}  // namespace deepobs
