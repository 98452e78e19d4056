#include "runner/analysis/statistics/hypothesis/paired_differences.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "engine/base/check.h"
#include "runner/analysis/statistics/sample/mean_interval.h"

namespace deepobs {
namespace {

std::map<std::int64_t, double> by_seed(std::span<const SeededValue> runs) {
  std::map<std::int64_t, double> values;
  for (const SeededValue& run : runs)
    require(values.emplace(run.seed, run.value).second, Fault::usage, "seed ", run.seed,
            " is there twice; pairs are made of one run for each seed");
  return values;
}

double rounded_to_12_digits(double value) {
  if (value == 0 || !std::isfinite(value)) return value;
  const double digits = 11 - std::floor(std::log10(std::abs(value)));
  // Scaled in extended range, or tiny values would leave that of double.
  const long double scale = std::pow(10.0L, static_cast<long double>(digits));
  return static_cast<double>(std::round(value * scale) / scale);
}

double difference(double a, double b, Better better) {
  const double cost_a = as_cost(a, better), cost_b = as_cost(b, better);
  if (cost_a == cost_b) return 0;
  constexpr double last_digits = 4 * std::numeric_limits<double>::epsilon();
  if (std::isfinite(cost_a) && std::isfinite(cost_b) &&
      std::abs(cost_b - cost_a) <= last_digits * std::max(std::abs(a), std::abs(b)))
    return 0;
  return rounded_to_12_digits(cost_b - cost_a);
}

}  // namespace

PairedDifferences paired_differences(std::span<const SeededValue> a, std::span<const SeededValue> b, Better better) {
  const std::map<std::int64_t, double> of_a = by_seed(a), of_b = by_seed(b);
  PairedDifferences pairs;
  for (const auto& [seed, value] : of_a) {
    const auto partner = of_b.find(seed);
    if (partner == of_b.end()) {
      pairs.only_a.push_back(seed);
      continue;
    }
    pairs.seeds.push_back(seed);
    pairs.differences.push_back(difference(value, partner->second, better));
    pairs.n_diverged += !std::isfinite(value) || !std::isfinite(partner->second);
  }
  for (const auto& [seed, value] : of_b)
    if (!of_a.contains(seed)) pairs.only_b.push_back(seed);
  return pairs;
}

Estimate mean_difference(const PairedDifferences& pairs, double level) {
  Estimate estimate = mean_interval(pairs.differences, level);
  estimate.rule = text("mean difference of ", count_text(estimate.n - estimate.n_diverged, "pair"),
                       " with the same seed, positive where A is better, ", percent_text(level), " t interval");
  const std::size_t left_out = pairs.only_a.size() + pairs.only_b.size();
  if (left_out > 0)
    add_sentence(estimate.caveat,
                 text(count_text(left_out, "run"), left_out == 1 ? " has" : " have",
                      " no partner with the same seed and ", left_out == 1 ? "is" : "are", " left out."));
  return estimate;
}

}  // namespace deepobs
