#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/read_number.h"
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

/// How a member's type is told and read: told() makes a value of it, read() takes one, if it is `wanted()`.
template <class Member>
struct As {  // an enumeration
  static constexpr SettingKind kind = SettingKind::text;
  static std::vector<std::string_view> choices() {
    std::vector<std::string_view> names;
    for (const auto& [name, choice] : choices_of(Member{}))
      if (is_offered(choice)) names.push_back(name);
    return names;
  }
  static std::string wanted() {
    std::string known;
    const auto names = choices();
    for (std::size_t i = 0; i < names.size(); ++i)
      known += text(i == 0 ? "" : i + 1 < names.size() ? ", " : " or ", names[i]);
    return known;
  }
  static SettingValue told(Member value) {
    const auto choices = choices_of(value);
    return std::string(std::ranges::find(choices, value, &std::pair<std::string_view, Member>::second)->first);
  }
  static std::optional<Member> read(const SettingValue& value) {
    if (const auto* given = std::get_if<std::string>(&value))
      for (const auto& [choice, member] : choices_of(Member{}))
        if (*given == choice && is_offered(member)) return member;
    return std::nullopt;
  }
};

/// A type that a value has as it is.
template <class Member, SettingKind as>
struct AsItself {
  static constexpr SettingKind kind = as;
  static std::vector<std::string_view> choices() { return {}; }
  static SettingValue told(const Member& value) { return value; }
  static std::optional<Member> read(const SettingValue& value) {
    const auto* given = std::get_if<Member>(&value);
    return given ? std::optional(*given) : std::nullopt;
  }
};
template <>
struct As<bool> : AsItself<bool, SettingKind::flag> {
  static std::string wanted() { return "true or false"; }
};
template <>
struct As<std::string> : AsItself<std::string, SettingKind::text> {
  static std::string wanted() { return "a text"; }
};
template <>
struct As<std::vector<double>> : AsItself<std::vector<double>, SettingKind::numbers> {
  static std::string wanted() { return "a list of numbers"; }
};
template <>
struct As<std::int64_t> : AsItself<std::int64_t, SettingKind::whole> {
  static std::string wanted() { return "a whole number"; }
  static std::optional<std::int64_t> read(const SettingValue& value) {
    if (const auto* number = std::get_if<double>(&value)) return whole_number(*number);  // 1e3
    return AsItself::read(value);
  }
};
template <>
struct As<double> : AsItself<double, SettingKind::number> {
  static std::string wanted() { return "a number"; }
  static std::optional<double> read(const SettingValue& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    return AsItself::read(value);
  }
};
template <>
struct As<int> {
  static constexpr SettingKind kind = SettingKind::whole;
  static std::string wanted() { return "a whole number of 32 bits"; }
  static std::vector<std::string_view> choices() { return {}; }
  static SettingValue told(int value) { return std::int64_t{value}; }
  static std::optional<int> read(const SettingValue& value) {
    const auto whole = As<std::int64_t>::read(value);
    return whole && std::in_range<int>(*whole) ? std::optional(static_cast<int>(*whole)) : std::nullopt;
  }
};
template <>
struct As<std::filesystem::path> {
  static constexpr SettingKind kind = SettingKind::text;
  static std::string wanted() { return "a text"; }
  static std::vector<std::string_view> choices() { return {}; }
  static SettingValue told(const std::filesystem::path& value) { return value.string(); }
  static std::optional<std::filesystem::path> read(const SettingValue& value) { return As<std::string>::read(value); }
};

/// A setting whose default is somebody else's, the problem's or none, is optional.
template <class Held>
struct Inside {
  using Member = Held;
  static SettingValue told(const Held& held) { return As<Held>::told(held); }
};
template <class Inner>
struct Inside<std::optional<Inner>> {
  using Member = Inner;
  static SettingValue told(const std::optional<Inner>& held) { return held ? As<Inner>::told(*held) : SettingValue(); }
};

template <class Held>
Setting entry(Held RunConfig::*member, Setting setting) {
  using Told = As<typename Inside<Held>::Member>;
  setting.kind = Told::kind;
  setting.wanted = Told::wanted();
  setting.choices = Told::choices();
  setting.get = [member](const RunConfig& config) { return Inside<Held>::told(config.*member); };
  setting.set = [member, name = setting.name](RunConfig& config, const SettingValue& value) {
    const auto read = Told::read(value);
    require(read.has_value(), Fault::usage, name, " must be ", Told::wanted(), ", not ", shown(value));
    config.*member = *read;
  };
  return setting;
}

}  // namespace deepobs
