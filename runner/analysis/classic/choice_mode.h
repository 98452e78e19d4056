#pragma once

#include <array>
#include <string_view>

namespace deepobs {

/// How DeepOBS chooses one setting of an optimizer: by the last value of the mean curve, by its best, or the one with
/// the most runs, which is the one that its protocol has repeated.
enum class ChoiceMode { final, best, most };

inline constexpr std::array all_modes{ChoiceMode::final, ChoiceMode::best, ChoiceMode::most};

std::string_view name_of(ChoiceMode mode);
/// Errors: usage, for a name that is none.
ChoiceMode mode_named(std::string_view name);

}  // namespace deepobs
