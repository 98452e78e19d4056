#pragma once

#include "kernels/update/optimizer.h"

namespace deepobs {

/// The settings that Adam and its relatives share.
inline Hyperparameter betas(double first, double second, std::string help = "what the averages of g and g^2 keep") {
  return {"betas", std::vector{first, second}, {Range::half_open(0, 1)}, std::move(help)};
}

inline Hyperparameter denominator_eps(double standard) {
  return {"eps", standard, {Range::at_least(0)}, "added to the denominator"};
}

}  // namespace deepobs
