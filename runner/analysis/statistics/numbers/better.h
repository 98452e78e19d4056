#pragma once

#include <cmath>
#include <limits>

namespace deepobs {

/// Which of two values is the better one: the smaller loss, the larger accuracy.
enum class Better { smaller, larger };

/// The value as a cost, which is better the smaller it is: a loss itself, an accuracy negated. A value that is not
/// finite, of either sign, is that of a diverged run: it costs infinity, more than every finite value and as much as
/// every other diverged one.
inline double as_cost(double value, Better better) {
  if (!std::isfinite(value)) return std::numeric_limits<double>::infinity();
  return better == Better::smaller ? value : -value;
}

/// The value of a cost. An infinite cost becomes the infinity that is the worst value.
inline double from_cost(double cost, Better better) { return better == Better::smaller ? cost : -cost; }

/// What a run that diverged is counted as: the infinity that is worse than every finite value.
inline double worst_value(Better better) { return from_cost(std::numeric_limits<double>::infinity(), better); }

}  // namespace deepobs
