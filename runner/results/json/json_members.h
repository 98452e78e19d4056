#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace deepobs {

/// A member of an object in a JSON file that people write; std::monostate is null.
struct JsonMember {
  std::string name;
  std::variant<std::monostate, bool, std::int64_t, double, std::vector<double>, std::string, std::vector<JsonMember>>
      value;
};

/// Reads an object whose values are scalars, lists of numbers, or objects of such, in the file's order. The JSON is
/// that of RFC 8259: no NaN, no comments. `source` starts all messages.
///   errors  data, with line and column where it is no JSON: also for a name that comes twice in one object, another
///           value, a text that holds a zero byte, a whole number beyond 64 bits
std::vector<JsonMember> json_members(std::string_view json, std::string_view source);

}  // namespace deepobs
