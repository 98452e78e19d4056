#include "runner/results/json/json_members.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/check.h"
#include "engine/base/printable.h"

namespace deepobs {
namespace {

using Json = nlohmann::ordered_json;

class MemberReader {
 public:
  explicit MemberReader(std::string_view source) : source_(source) {}

  // nlohmann keeps the last of two equal names and goes to any depth; neither is allowed here.
  Json parse(std::string_view json) const {
    std::array<std::set<std::string>, 2> names;  // of the object, and of the one inside that is being read
    const auto look = [&](int depth, Json::parse_event_t event, Json& value) {
      using Event = Json::parse_event_t;
      expect(depth <= 3, "it nests deeper than name -> object -> list");
      const auto level = static_cast<std::size_t>(depth);
      if (event == Event::object_start && level < names.size()) names[level].clear();
      if (event == Event::key && level <= names.size()) {
        const auto& name = value.get_ref<const std::string&>();
        expect(names[level - 1].insert(name).second, "the name \"", printable(name), "\" comes twice");
      }
      return true;
    };
    try {
      return Json::parse(json.begin(), json.end(), look);
    } catch (const Json::exception& error) {
      fail(Fault::data, "'", source_, "' is not valid JSON: ", printable(error.what()));
    }
  }

  std::vector<JsonMember> members(const Json& object, bool outer) const {
    std::vector<JsonMember> out;
    for (const auto& [name, value] : object.items()) out.push_back({name, read(name, value, outer)});
    return out;
  }

  template <class... Parts>
  void expect(bool condition, const Parts&... parts) const {
    require(condition, Fault::data, "'", source_, "': ", parts...);
  }

 private:
  decltype(JsonMember::value) read(const std::string& name, const Json& value, bool outer) const {
    if (value.is_null()) return std::monostate();
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number_integer()) return whole(name, value);
    if (value.is_number()) return value.get<double>();
    if (value.is_string()) {
      expect(value.get_ref<const std::string&>().find('\0') == std::string::npos, '"', printable(name),
             "\" holds a zero byte");
      return value.get<std::string>();
    }
    if (value.is_object()) {
      expect(outer, '"', printable(name), "\" is an object inside another one");
      return members(value, false);
    }
    std::vector<double> list;
    for (const Json& each : value) {
      expect(each.is_number(), "element ", list.size(), " of \"", printable(name), "\" must be a number, not ",
             each.type_name());
      list.push_back(each.get<double>());
    }
    return list;
  }

  std::int64_t whole(const std::string& name, const Json& value) const {
    expect(!value.is_number_unsigned() || value.get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max(), '"',
           printable(name), "\" is too large to be represented");
    return value.get<std::int64_t>();
  }

  std::string_view source_;
};

}  // namespace

std::vector<JsonMember> json_members(std::string_view json, std::string_view source) {
  const MemberReader reader(source);
  const Json document = reader.parse(json);
  reader.expect(document.is_object(), "it holds a JSON ", document.type_name(), " instead of an object");
  return reader.members(document, true);
}

}  // namespace deepobs
