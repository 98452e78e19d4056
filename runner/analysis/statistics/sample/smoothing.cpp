#include "runner/analysis/statistics/sample/smoothing.h"

#include <cmath>

#include "engine/base/check.h"

namespace deepobs {

std::vector<double> smoothed(std::span<const double> curve, double weight) {
  require(weight >= 0 && weight < 1, Fault::usage, "the weight of a moving average is at least 0 and below 1, and ",
          weight, " came");
  std::vector<double> shown;
  double average = 0, share = 0;  // share = 1 - w^t, of the weights that are there
  for (const double value : curve) {
    if (!std::isfinite(value)) {
      shown.push_back(value);
      continue;
    }
    average = weight * average + (1 - weight) * value;
    share = weight * share + (1 - weight);
    shown.push_back(average / share);
  }
  return shown;
}

}  // namespace deepobs
