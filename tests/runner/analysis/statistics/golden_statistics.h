#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace deepobs::test {

using nlohmann::json;
using Doubles = std::vector<double>;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// A section of tests/golden/analysis/statistics.json; tests/golden/scripts/make_statistics.py says what it holds.
inline const json& golden(const std::string& section) {
  static const json all = [] {
    const std::string path = std::string(DEEPOBS_SOURCE_DIR) + "/tests/golden/analysis/statistics.json";
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot open " + path);
    return json::parse(file);
  }();
  return all.at(section);
}

/// JSON has no infinities: there they are texts.
inline double number(const json& value) {
  if (!value.is_string()) return value.get<double>();
  return value == "inf" ? infinity : value == "-inf" ? -infinity : not_a_number;
}

inline Doubles numbers(const json& list) {
  Doubles values;
  for (const json& value : list) values.push_back(number(value));
  return values;
}

inline std::vector<Doubles> rows(const json& list) {
  std::vector<Doubles> values;
  for (const json& row : list) values.push_back(numbers(row));
  return values;
}

/// Equal but for `tolerance` times the larger one, or `scale` where that is larger; NaN equals NaN.
inline bool is_close(double a, double b, double tolerance = 1e-12, double scale = 0) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return true;
  if (!std::isfinite(a) || !std::isfinite(b)) return false;
  return std::abs(a - b) <= tolerance * std::max({std::abs(a), std::abs(b), scale});
}

inline void check_close(double actual, double expected, double tolerance = 1e-12, double scale = 0) {
  INFO("actual ", actual, ", expected ", expected, ", difference ", actual - expected);
  CHECK(is_close(actual, expected, tolerance, scale));
}

inline void check_close(const Doubles& actual, const Doubles& expected, double tolerance = 1e-12, double scale = 0) {
  REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    INFO("entry ", i);
    check_close(actual[i], expected[i], tolerance, scale);
  }
}

inline bool has(const std::string& sentence, const std::string& part) {
  return sentence.find(part) != std::string::npos;
}

}  // namespace deepobs::test
