#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/printable.h"
#include "runner/training/config/settings.h"

namespace deepobs {

// How a member of RunConfig becomes a setting: its type says how values are told and read.

/// The choices of a setting that is one of a few, as options and files have them.
template <class Choice>
using Choices = std::span<const std::pair<std::string_view, Choice>>;

inline constexpr std::array layouts{std::pair{std::string_view("flat"), Layout::flat},
                                    std::pair{std::string_view("tf"), Layout::tf},
                                    std::pair{std::string_view("1.2"), Layout::v1_2}};
inline constexpr std::array data_orders{std::pair{std::string_view("shuffled"), DataOrder::shuffled},
                                        std::pair{std::string_view("sequential"), DataOrder::sequential}};
inline constexpr std::array conv_algorithms{std::pair{name_of(ConvAlgorithm::automatic), ConvAlgorithm::automatic},
                                            std::pair{name_of(ConvAlgorithm::direct), ConvAlgorithm::direct},
                                            std::pair{name_of(ConvAlgorithm::winograd), ConvAlgorithm::winograd}};

inline Choices<Layout> choices_of(Layout /*any*/) { return layouts; }
inline Choices<DataOrder> choices_of(DataOrder /*any*/) { return data_orders; }
inline Choices<ConvAlgorithm> choices_of(ConvAlgorithm /*any*/) { return conv_algorithms; }

/// Whether options and files offer a choice.
template <class Choice>
bool is_offered(Choice /*any*/) {
  return true;
}
inline bool is_offered(ConvAlgorithm algorithm) { return algorithm != ConvAlgorithm::winograd; }  // it is for tests

/// How a member's type is told and read.
template <class Member>
struct As {  // an enumeration
  static constexpr SettingKind kind = SettingKind::text;
  static std::vector<std::string_view> choices() {
    std::vector<std::string_view> names;
    for (const auto& [name, choice] : choices_of(Member{}))
      if (is_offered(choice)) names.push_back(name);
    return names;
  }
  static SettingValue told(Member value) {
    const auto choices = choices_of(value);
    return std::string(std::ranges::find(choices, value, &std::pair<std::string_view, Member>::second)->first);
  }
  static Member read(std::string_view name, const SettingValue& value) {
    if (const auto* given = std::get_if<std::string>(&value))
      for (const auto& [choice, member] : choices_of(Member{}))
        if (*given == choice && is_offered(member)) return member;
    std::string known;
    const auto names = choices();
    for (std::size_t i = 0; i < names.size(); ++i)
      known += text(i == 0 ? "" : i + 1 < names.size() ? ", " : " or ", names[i]);
    fail(Fault::usage, name, " must be ", known, ", not '", printable(to_string(value)), "'");
  }
};

/// A type that a value has as it is.
template <class Member>
struct AsItself {
  static std::vector<std::string_view> choices() { return {}; }
  static SettingValue told(const Member& value) { return value; }
  static Member read(std::string_view name, const SettingValue& value, const char* wanted) {
    const auto* given = std::get_if<Member>(&value);
    require(given != nullptr, Fault::usage, name, " must be ", wanted, ", not ", printable(to_string(value)));
    return *given;
  }
};
template <>
struct As<bool> : AsItself<bool> {
  static constexpr SettingKind kind = SettingKind::flag;
  static bool read(std::string_view name, const SettingValue& value) {
    return AsItself::read(name, value, "true or false");
  }
};
template <>
struct As<std::int64_t> : AsItself<std::int64_t> {
  static constexpr SettingKind kind = SettingKind::whole;
  static std::int64_t read(std::string_view name, const SettingValue& value) {
    return AsItself::read(name, value, "a whole number");
  }
};
template <>
struct As<std::string> : AsItself<std::string> {
  static constexpr SettingKind kind = SettingKind::text;
  static std::string read(std::string_view name, const SettingValue& value) {
    return AsItself::read(name, value, "a text");
  }
};
template <>
struct As<std::vector<double>> : AsItself<std::vector<double>> {
  static constexpr SettingKind kind = SettingKind::numbers;
  static std::vector<double> read(std::string_view name, const SettingValue& value) {
    return AsItself::read(name, value, "a list of numbers");
  }
};
template <>
struct As<double> : AsItself<double> {
  static constexpr SettingKind kind = SettingKind::number;
  static double read(std::string_view name, const SettingValue& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    return AsItself::read(name, value, "a number");
  }
};
template <>
struct As<int> {
  static constexpr SettingKind kind = SettingKind::whole;
  static std::vector<std::string_view> choices() { return {}; }
  static SettingValue told(int value) { return std::int64_t{value}; }
  static int read(std::string_view name, const SettingValue& value) {
    const auto whole = As<std::int64_t>::read(name, value);
    require(std::in_range<int>(whole), Fault::usage, name, ": '", whole,
            "' is too large or too small to be represented");
    return static_cast<int>(whole);
  }
};
template <>
struct As<std::filesystem::path> {
  static constexpr SettingKind kind = SettingKind::text;
  static std::vector<std::string_view> choices() { return {}; }
  static SettingValue told(const std::filesystem::path& value) { return value.string(); }
  static std::filesystem::path read(std::string_view name, const SettingValue& value) {
    return As<std::string>::read(name, value);
  }
};

/// A setting that always has a value.
template <class Member>
Setting entry(Member RunConfig::*member, Setting setting) {
  setting.kind = As<Member>::kind;
  setting.choices = As<Member>::choices();
  setting.get = [member](const RunConfig& config) { return As<Member>::told(config.*member); };
  setting.set = [member, name = setting.name](RunConfig& config, const SettingValue& value) {
    config.*member = As<Member>::read(name, value);
  };
  return setting;
}

/// A setting whose default is somebody else's: the problem's, or none.
template <class Member>
Setting entry(std::optional<Member> RunConfig::*member, Setting setting) {
  setting.kind = As<Member>::kind;
  setting.choices = As<Member>::choices();
  setting.get = [member](const RunConfig& config) {
    return config.*member ? As<Member>::told(*(config.*member)) : SettingValue();
  };
  setting.set = [member, name = setting.name](RunConfig& config, const SettingValue& value) {
    config.*member = As<Member>::read(name, value);
  };
  return setting;
}

}  // namespace deepobs
