#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace deepobs {

/// A list that holds something else than numbers.
struct OtherList {
  std::size_t at = 0;  ///< its first element that is none
  std::string type;    ///< what that is: "a text"
};

/// A member of an object in a JSON file that people write; std::monostate is null.
struct JsonMember {
  std::string name;
  std::variant<std::monostate, bool, std::int64_t, double, std::vector<double>, OtherList, std::string,
               std::vector<JsonMember>>
      value;
  std::int64_t line = 0;  ///< where its name stands, counted from 1
};

/// Reads an object whose values are scalars, lists, or objects of such, in the file's order. The JSON is that of RFC
/// 8259: no NaN, no comments. `source` starts all messages: "'sgd.json', line 3: ...".
///   errors  data, with line and column where it is no JSON: also for a name that comes twice in one object, an object
///           in a list or in an inner object, a text that holds a zero byte, a whole number beyond 64 bits
std::vector<JsonMember> json_members(std::string_view json, std::string_view source);

}  // namespace deepobs
