#include "runner/training/config/setting_value.h"

#include <cmath>
#include <type_traits>

#include "runner/results/json/json_writer.h"
#include "runner/results/text/python_text.h"

namespace deepobs {
namespace {

/// A number of a list, without a point where it is a whole one.
void write_number(JsonWriter& json, double number) {
  // Beyond 2^63 none fits.
  if (std::abs(number) < 0x1p63 && std::trunc(number) == number)
    json.value(static_cast<std::int64_t>(number));
  else
    json.value(number);
}

}  // namespace

bool says_something(const SettingValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  const auto* flag = std::get_if<bool>(&value);
  return !std::holds_alternative<std::monostate>(value) && !(text && text->empty()) && !(flag && !*flag);
}

std::string to_string(const SettingValue& value) {
  return std::visit(
      [](const auto& v) -> std::string {
        using Held = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<Held, std::monostate>) {
          return "none";
        } else if constexpr (std::is_same_v<Held, std::string>) {
          return v;
        } else if constexpr (std::is_same_v<Held, bool>) {
          return v ? "true" : "false";
        } else if constexpr (std::is_same_v<Held, std::int64_t>) {
          return std::to_string(v);
        } else if constexpr (std::is_same_v<Held, double>) {
          return python_repr(v);
        } else {
          std::string list;
          for (const double one : v) list += (list.empty() ? "" : ",") + python_int(one);
          return list;
        }
      },
      value);
}

std::string to_string(const HyperValue& value) {
  return std::visit([](const auto& v) { return to_string(SettingValue(v)); }, value);
}

void write_value(JsonWriter& json, const SettingValue& value) {
  std::visit(
      [&](const auto& v) {
        using Held = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<Held, std::monostate>) {
          json.null();
        } else if constexpr (std::is_same_v<Held, std::string>) {
          if (v.empty())
            json.null();
          else
            json.value(utf8_text(v));
        } else if constexpr (std::is_same_v<Held, std::vector<double>>) {
          json.begin_array();
          for (const double one : v) write_number(json, one);
          json.end_array();
        } else {
          json.value(v);
        }
      },
      value);
}

void write_value(JsonWriter& json, const HyperValue& value) {
  std::visit([&](const auto& v) { json.value(v); }, value);
}

}  // namespace deepobs
