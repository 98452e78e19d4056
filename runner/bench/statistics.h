#pragma once

#include <span>
#include <vector>

namespace deepobs {

/// One thing, measured several times.
struct Summary {
  double median = 0, min = 0, max = 0;
  std::vector<double> all;  ///< in the order of measuring
};

/// The median of an even number of values is the mean of the middle two. Errors: internal, for no values.
Summary summary_of(std::vector<double> all);
double median_of(std::span<const double> values);

/// The smallest value that at least `percent` of 100 of the values do not exceed (the nearest rank).
/// `sorted` ascends. Errors: internal, for no values or a percentage outside (0, 100].
double percentile(std::span<const double> sorted, double percent);

}  // namespace deepobs
