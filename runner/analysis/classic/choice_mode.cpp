#include "runner/analysis/classic/choice_mode.h"

#include <string>
#include <vector>

#include "engine/base/nearest_name.h"

namespace deepobs {
namespace {

constexpr std::array<std::string_view, all_modes.size()> names{"final", "best", "most"};

}  // namespace

std::string_view name_of(ChoiceMode mode) { return names[static_cast<std::size_t>(mode)]; }

ChoiceMode mode_named(std::string_view name) {
  for (const ChoiceMode mode : all_modes)
    if (name_of(mode) == name) return mode;
  fail(Fault::usage, unknown_name_text("mode", name, std::vector<std::string>(names.begin(), names.end())));
}

}  // namespace deepobs
