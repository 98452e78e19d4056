#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace deepobs {

/// The value of one hyperparameter, in the types that optimizers have. A vector is a tuple, e.g. Adam's betas; a text
/// one of several words.
using HyperValue = std::variant<bool, std::int64_t, double, std::vector<double>, std::string>;

/// A hyperparameter by its name, e.g. {"momentum", 0.9}.
struct NamedValue {
  std::string name;
  HyperValue value;
  bool operator==(const NamedValue&) const = default;
};

}  // namespace deepobs
