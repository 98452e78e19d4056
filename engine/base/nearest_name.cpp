#include "engine/base/nearest_name.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "engine/base/printable.h"

namespace deepobs {
namespace {

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

/// Levenshtein's distance by its recurrence, with two neighbours in the wrong order as one change more.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1), above(row), two_above(row);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    two_above.swap(above);
    above.swap(row);
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const bool same = lower(from[i]) == lower(to[j]);
      row[j + 1] = std::min({above[j] + (same ? 0 : 1), above[j + 1] + 1, row[j] + 1});
      if (i > 0 && j > 0 && lower(from[i]) == lower(to[j - 1]) && lower(from[i - 1]) == lower(to[j]))
        row[j + 1] = std::min(row[j + 1], two_above[j - 1] + 1);
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(std::string_view name, std::span<const std::string> candidates) {
  std::string found;
  std::size_t least = 0;
  for (const auto& candidate : candidates) {
    const std::size_t letters = distance(name, candidate);
    if (letters > std::max(name.size(), candidate.size()) / 2) continue;
    if (!found.empty() && letters >= least) continue;
    found = candidate;
    least = letters;
  }
  return found;
}

std::string unknown_name_text(std::string_view kind, std::string_view name, std::span<const std::string> known) {
  const std::string near = nearest(name, known);
  std::string message = text("unknown ", kind, " '", printable_name(name), "'");
  if (known.empty()) return message + "; there is none";
  message += near.empty() ? "; there are: " : text(": did you mean ", near, "? There are: ");
  for (std::size_t i = 0; i < known.size(); ++i) message += text(i > 0 ? ", " : "", known[i]);
  return message;
}

}  // namespace deepobs
