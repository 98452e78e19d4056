#include "runner/analysis/statistics/scores/interquartile_mean.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"

namespace deepobs {
namespace {

/// Of costs, which it leaves in another order.
double mean_of_middle(std::vector<double>& costs) {
  const auto drop = static_cast<std::ptrdiff_t>(costs.size() / 4);
  const auto from = costs.begin() + drop, to = costs.end() - drop;
  if (drop > 0) {
    std::ranges::nth_element(costs, from);
    std::nth_element(from, to - 1, costs.end());
  }
  double sum = 0;
  for (auto cost = from; cost != to; ++cost) sum += *cost;
  return sum / static_cast<double>(to - from);
}

}  // namespace

double interquartile_mean(std::span<const double> values, Better better) {
  require(!values.empty(), Fault::usage, "the interquartile mean of no values was asked for");
  std::vector<double> costs;
  for (const double value : values) costs.push_back(as_cost(value, better));
  return from_cost(mean_of_middle(costs), better);
}

Estimate interquartile_mean_interval(std::span<const std::vector<double>> problems, Better better, Strata strata,
                                     const BootstrapOptions& options) {
  std::vector<double> pool;  // kept from resample to resample
  Estimate estimate = stratified_bootstrap(problems,
                                           {"interquartile mean",
                                            [&](std::span<const std::vector<double>> resample) {
                                              pool.clear();
                                              for (const std::vector<double>& runs : resample)
                                                for (const double value : runs) pool.push_back(as_cost(value, better));
                                              return from_cost(mean_of_middle(pool), better);
                                            }},
                                           strata, options);
  if (std::isinf(estimate.value))
    add_sentence(estimate.caveat, "More than a quarter of the runs diverged: the middle half has no finite mean.");
  else if (estimate.n_diverged > 0)
    add_sentence(estimate.caveat, text("Of ", count_text(estimate.n, "run"), " ", estimate.n_diverged,
                                       " diverged and count as worse than every other."));
  return estimate;
}

}  // namespace deepobs
