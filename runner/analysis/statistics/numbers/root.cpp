#include "runner/analysis/statistics/numbers/root.h"

#include <boost/math/tools/roots.hpp>

#include "engine/base/check.h"

namespace deepobs {

double root_between(const std::function<double(double)>& function, double low, double high) {
  const double at_low = function(low), at_high = function(high);
  if (at_low == 0) return low;
  if (at_high == 0) return high;
  require((at_low < 0) != (at_high < 0), Fault::internal, "no zero lies between ", low, " and ", high,
          ": the function is ", at_low, " and ", at_high, " there");
  std::uintmax_t steps = 200;
  const auto [from, to] = boost::math::tools::toms748_solve(function, low, high, at_low, at_high,
                                                            boost::math::tools::eps_tolerance<double>(52), steps);
  return from + (to - from) / 2;
}

}  // namespace deepobs
