#include "runner/analysis/statistics/hypothesis/holm.h"

#include <algorithm>
#include <numeric>

#include "engine/base/check.h"

namespace deepobs {

std::vector<double> holm_adjusted(std::span<const double> p) {
  for (const double one : p)
    require(one >= 0 && one <= 1, Fault::usage, "a p value lies between 0 and 1, and ", one,
            " came; leave out tests that are not defined");
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return p[i]; });
  std::vector<double> adjusted(p.size());
  double largest = 0;
  for (std::size_t j = 0; j < order.size(); ++j) {
    largest = std::max(largest, static_cast<double>(order.size() - j) * p[order[j]]);
    adjusted[order[j]] = std::min(largest, 1.);
  }
  return adjusted;
}

}  // namespace deepobs
