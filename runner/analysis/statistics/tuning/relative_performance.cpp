#include "runner/analysis/statistics/tuning/relative_performance.h"

namespace deepobs {

std::vector<double> relative_performance(std::span<const double> values, double best, Better better) {
  std::vector<double> relative;
  for (const double value : values) {
    const double ratio = better == Better::smaller ? best / value : value / best;
    relative.push_back(std::isnan(ratio) ? 0 : ratio);
  }
  return relative;
}

}  // namespace deepobs
