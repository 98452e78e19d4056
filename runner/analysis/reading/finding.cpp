#include "runner/analysis/reading/finding.h"

#include <algorithm>
#include <array>

#include "engine/base/check.h"
#include "engine/base/printable.h"

namespace deepobs {

std::string_view name_of(FindingKind kind) {
  static constexpr std::array<std::string_view, 16> names{
      "unreadable",      "incomplete",   "duplicate",         "mixed_setting", "misplaced",      "missing_list",
      "repeated_folder", "empty_folder", "unreadable_folder", "diverged",      "mixed_protocol", "mixed_choice",
      "missing_metric",  "no_choice",    "unchecked",         "note"};
  return names[static_cast<std::size_t>(kind)];
}

std::string finding_text(const Finding& finding, std::size_t most) {
  std::string out = printable(finding.text);
  for (std::size_t i = 0; i < std::min(most, finding.places.size()); ++i)
    out += (i == 0 ? ": " : ", ") + printable(finding.places[i]);
  if (finding.places.size() > most)
    out += text(most == 0 ? ": " : " and ", finding.places.size() - most, most == 0 ? " places" : " more");
  return out;
}

}  // namespace deepobs
