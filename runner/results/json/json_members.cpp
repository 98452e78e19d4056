#include "runner/results/json/json_members.h"

#include <iterator>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/printable.h"
#include "runner/results/json/json_trouble.h"

namespace deepobs {
namespace {

using Json = nlohmann::ordered_json;

/// How far the parser is.
struct Progress {
  std::size_t characters = 0;
  std::int64_t line = 1;
};

/// The characters of a text for the parser, which tells nobody where it is.
class Characters {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Characters(const char* at, Progress& progress) : at_(at), progress_(&progress) {}
  reference operator*() const { return *at_; }
  Characters& operator++() {
    ++progress_->characters;
    if (*at_++ == '\n') ++progress_->line;
    return *this;
  }
  Characters operator++(int) {
    const Characters before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Characters& other) const { return at_ == other.at_; }
  bool operator!=(const Characters& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  Progress* progress_;
};

std::string type_words(const Json& value) {
  return value.is_null()      ? "null"
         : value.is_boolean() ? "true or false"
         : value.is_number()  ? "a number"
         : value.is_string()  ? "a text"
         : value.is_array()   ? "a list"
                              : "an object";
}

class MemberReader {
 public:
  explicit MemberReader(std::string_view source) : source_(source) {}

  // nlohmann keeps the last of two equal names and goes to any depth; neither is allowed here.
  Json parse(std::string_view json) {
    Progress progress;
    std::string outer;  // the name of the object inside, if one is being read
    const auto look = [&](int depth, Json::parse_event_t event, Json& value) {
      expect(depth <= 3, progress.line, "it nests deeper than name -> object -> list");
      if (event != Json::parse_event_t::key || depth > 2) return true;
      const auto& name = value.get_ref<const std::string&>();
      if (depth == 1) outer = name;
      expect(lines_.emplace(depth == 1 ? Path{name, ""} : Path{outer, '.' + name}, progress.line).second, progress.line,
             "the name \"", printable_name(name), "\" comes twice");
      return true;
    };
    try {
      return Json::parse(Characters(json.data(), progress), Characters(json.data() + json.size(), progress), look);
    } catch (const Json::exception& thrown) {
      fail(Fault::data, "'", source_, "' is not valid JSON: ", json_trouble(json, thrown, progress.characters));
    }
  }

  std::vector<JsonMember> members(const Json& object) const {
    require(object.is_object(), Fault::data, "'", source_, "': it holds ", type_words(object), " instead of an object");
    std::vector<JsonMember> out;
    for (const auto& [name, value] : object.items()) out.push_back(member({name, ""}, name, value));
    return out;
  }

 private:
  /// The name of a member, and where it is one of an object inside, that of its own behind a point.
  using Path = std::pair<std::string, std::string>;

  template <class... Parts>
  void expect(bool condition, std::int64_t line, const Parts&... parts) const {
    require(condition, Fault::data, "'", source_, "', line ", line, ": ", parts...);
  }

  JsonMember member(const Path& path, const std::string& name, const Json& value) const {
    const std::int64_t line = lines_.at(path);
    JsonMember made{name, {}, line};
    if (!value.is_object()) {
      made.value = read(line, name, value);
      return made;
    }
    expect(path.second.empty(), line, '"', printable_name(name), "\" is an object inside another one");
    std::vector<JsonMember> inside;
    for (const auto& [inner, held] : value.items()) inside.push_back(member({name, '.' + inner}, inner, held));
    made.value = std::move(inside);
    return made;
  }

  decltype(JsonMember::value) read(std::int64_t line, const std::string& name, const Json& value) const {
    if (value.is_null()) return std::monostate();
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number_integer()) {
      expect(!value.is_number_unsigned() || std::in_range<std::int64_t>(value.get<std::uint64_t>()), line, '"',
             printable_name(name), "\" is too large to be represented");
      return value.get<std::int64_t>();
    }
    if (value.is_number()) return value.get<double>();
    if (value.is_string()) {
      expect(value.get_ref<const std::string&>().find('\0') == std::string::npos, line, '"', printable_name(name),
             "\" holds a zero byte");
      return value.get<std::string>();
    }
    std::vector<double> list;
    for (const Json& each : value) {
      if (!each.is_number()) return OtherList{list.size(), type_words(each)};
      list.push_back(each.get<double>());
    }
    return list;
  }

  std::string_view source_;
  std::map<Path, std::int64_t> lines_;
};

}  // namespace

std::vector<JsonMember> json_members(std::string_view json, std::string_view source) {
  MemberReader reader(source);
  const Json document = reader.parse(json);
  return reader.members(document);
}

}  // namespace deepobs
