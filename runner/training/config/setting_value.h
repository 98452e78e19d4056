#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/named_value.h"

namespace deepobs {

class JsonWriter;

/// The value of a setting; std::monostate where it is left to its default. A choice ("shuffled") and a path are texts.
using SettingValue = std::variant<std::monostate, bool, std::int64_t, double, std::vector<double>, std::string>;

/// Whether a value says something: it is neither left to its default nor an empty text nor false.
bool says_something(const SettingValue& value);

/// "128", "0.1", "50,100", "shuffled", "true", "none": as the command line takes it.
std::string to_string(const SettingValue& value);
std::string to_string(const HyperValue& value);

/// The same for a message that refuses it: texts in quotes, and what is very long cut.
std::string shown(const SettingValue& value);

/// The value in JSON; null where it is left to its default or an empty text.
void write_value(JsonWriter& json, const SettingValue& value);
void write_value(JsonWriter& json, const HyperValue& value);

}  // namespace deepobs
