#include "runner/training/config/setting_value.h"

#include <type_traits>

#include "engine/base/check.h"
#include "engine/base/printable.h"
#include "runner/results/json/json_writer.h"
#include "runner/results/text/python_text.h"

namespace deepobs {
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

std::string shown(const SettingValue& value) {
  const std::string short_text = printable_name(to_string(value));
  return std::holds_alternative<std::string>(value) ? text("'", short_text, "'") : short_text;
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
