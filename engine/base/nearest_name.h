#pragma once

#include <initializer_list>
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

/// The element whose member `name` is `name`, of several lists the first. Errors: usage, unknown_name_text().
template <class Named>
const Named& find_named_in(std::initializer_list<std::span<const Named>> lists, std::string_view kind,
                           std::string_view name) {
  std::vector<std::string> known;
  for (const auto& list : lists)
    for (const Named& one : list) {
      if (one.name == name) return one;
      known.push_back(one.name);
    }
  fail(Fault::usage, unknown_name_text(kind, name, known));
}

/// The same of one list.
template <std::ranges::contiguous_range Named>
const std::ranges::range_value_t<Named>& find_named(const Named& all, std::string_view kind, std::string_view name) {
  return find_named_in<std::ranges::range_value_t<Named>>({all}, kind, name);
}

}  // namespace deepobs
