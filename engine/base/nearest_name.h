#pragma once

#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/check.h"

namespace deepobs {

/// The candidate that a mistyped name most likely meant: the fewest letters to add, drop, change or swap with
/// their neighbour (Levenshtein, Damerau; case ignored), at most half of them; of equals the first. Empty: nothing is
/// near.
std::string nearest(std::string_view name, std::span<const std::string> candidates);

/// "unknown optimizer 'Adm': did you mean Adam? There are: Adam, SGD", or "unknown optimizer 'x'; there are: Adam,
/// SGD". `kind` says what the names are of.
std::string unknown_name_text(std::string_view kind, std::string_view name, std::span<const std::string> known);

/// The element of `all` whose member `name` is `name`. Errors: usage, unknown_name_text().
template <std::ranges::forward_range Named>
const std::ranges::range_value_t<Named>& find_named(const Named& all, std::string_view kind, std::string_view name) {
  std::vector<std::string> known;
  for (const auto& one : all) {
    if (one.name == name) return one;
    known.push_back(one.name);
  }
  fail(Fault::usage, unknown_name_text(kind, name, known));
}

}  // namespace deepobs
