#include "runner/results/json/json_trouble.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/check.h"
#include "engine/base/printable.h"

namespace deepobs {
namespace {

/// "line 3, column 1" of the byte with this index.
std::string place(std::string_view json, std::size_t at) {
  const auto before = json.substr(0, at);
  const auto line_end = before.rfind('\n');
  return text("line ", 1 + std::ranges::count(before, '\n'), ", column ",
              line_end == std::string_view::npos ? at + 1 : at - line_end);
}

}  // namespace

std::string json_trouble(std::string_view json, const std::exception& thrown, std::optional<std::size_t> read) {
  const auto* syntax = dynamic_cast<const nlohmann::json::parse_error*>(&thrown);
  if (syntax == nullptr) {  // what is written rightly and cannot be kept
    const std::string number = "a number is too large to be represented";
    constexpr std::size_t beyond = 2;  // its last digit: the parser has read what stands behind it, and counts from 1
    return read ? place(json, std::max(*read, beyond) - beyond) + ": " + number : number;
  }
  if (syntax->byte > json.size()) return place(json, json.size()) + ": it ends here, and is not complete";
  const std::size_t at = syntax->byte > 0 ? syntax->byte - 1 : 0;
  return text(place(json, at), ": '", printable(json.substr(at, 1)), "' cannot stand here");
}

}  // namespace deepobs
