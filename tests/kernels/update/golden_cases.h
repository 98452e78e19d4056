#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/base/named_value.h"
#include "tests/golden/hash_values.h"

namespace deepobs {

// What the tests of optimizers read from tests/golden, where README.md says what the files hold.

inline nlohmann::json golden_file(const std::string& name) {
  const auto path = std::filesystem::path(DEEPOBS_SOURCE_DIR) / "tests/golden" / name;
  std::ifstream in(path);
  REQUIRE_MESSAGE(in.good(), "cannot read ", path.string());
  return nlohmann::json::parse(in);
}

inline std::vector<NamedValue> golden_hyperparameters(const nlohmann::json& one) {
  std::vector<NamedValue> values;
  for (const auto& [name, value] : one["hyperparameters"].items()) {
    if (value.is_boolean())
      values.push_back({name, value.get<bool>()});
    else if (value.is_number_integer())
      values.push_back({name, value.get<std::int64_t>()});
    else if (value.is_number())
      values.push_back({name, value.get<double>()});
    else if (value.is_string())
      values.push_back({name, value.get<std::string>()});
    else
      values.push_back({name, value.get<std::vector<double>>()});
  }
  return values;
}

/// The gradient of one tensor in one step of a case: a stream times the step's factor, every so many elements 0.
inline std::vector<float> golden_gradient(const nlohmann::json& one, std::size_t step, std::uint64_t stream,
                                          std::size_t size) {
  auto gradient = hash_scaled(stream, size, one["gradient_factors"][step].get<float>());
  if (const auto every = one["zero_every"].get<std::size_t>(); every > 0)
    for (std::size_t i = 0; i < gradient.size(); i += every) gradient[i] = 0;
  return gradient;
}

/// The largest distance of two tensors, and the largest size: a norm in which one wrong element shows.
struct Worst {
  double error = 0, size = 0;

  template <class T>
  void add(const std::vector<T>& values, const std::vector<double>& exact) {
    REQUIRE(values.size() == exact.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double off = std::fabs(static_cast<double>(values[i]) - exact[i]);
      error = std::isnan(off) ? std::numeric_limits<double>::infinity() : std::max(error, off);
      size = std::max(size, std::fabs(exact[i]));
    }
  }
};

}  // namespace deepobs
