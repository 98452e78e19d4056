#include "runner/analysis/statistics/sample/moments.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"

namespace deepobs {

SampleMoments moments_of(std::span<const double> values) {
  SampleMoments moments{.n = values.size()};
  if (values.empty()) return moments;
  long double sum = 0;
  for (const double value : values) {
    require(std::isfinite(value), Fault::usage, "a mean was asked of ", values.size(), " values of which one is ",
            value, "; leave out what is not finite, and say how many were left out");
    sum += value;
  }
  const auto n = static_cast<long double>(values.size());
  const long double mean = sum / n;
  long double squares = 0;
  for (const double value : values) {
    const long double distance = value - mean;
    squares += distance * distance;
  }
  moments.mean = static_cast<double>(mean);
  moments.population_deviation = static_cast<double>(std::sqrt(squares / n));
  if (values.size() > 1) {
    moments.sample_deviation = static_cast<double>(std::sqrt(squares / (n - 1)));
    moments.standard_error = static_cast<double>(std::sqrt(squares / (n - 1) / n));
  }
  return moments;
}

double quantile_of_sorted(std::span<const double> sorted, double q) {
  require(!sorted.empty(), Fault::usage, "a quantile was asked of no values");
  require(q >= 0 && q <= 1, Fault::usage, "a quantile lies between 0 and 1, and ", q, " was asked for");
  // NaN is in no order: it can stand anywhere, and would silently be passed over.
  require(std::ranges::none_of(sorted, [](double value) { return std::isnan(value); }), Fault::usage,
          "a quantile was asked of values of which one is NaN; count it as the worst value or leave it out");
  const double place = static_cast<double>(sorted.size() - 1) * q;
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double part = place - static_cast<double>(below);
  const double a = sorted[below], b = sorted[above];
  if (part == 0) return a;
  if (std::isinf(a) || std::isinf(b))
    return std::isinf(a) && std::isinf(b) ? (part < 0.5 ? a : b) : std::isinf(a) ? a : b;
  return std::lerp(a, b, part);
}

double quantile(std::span<const double> values, double q) {
  std::vector<double> sorted(values.begin(), values.end());
  if (std::ranges::none_of(sorted, [](double value) { return std::isnan(value); })) std::ranges::sort(sorted);
  return quantile_of_sorted(sorted, q);
}

SampleSummary summary_of_sample(std::span<const double> values, Better better) {
  const std::vector<double> finite = finite_values(values);
  SampleSummary summary{.n = values.size(), .n_diverged = values.size() - finite.size(), .finite = moments_of(finite)};
  if (values.empty()) return summary;
  std::vector<double> all;
  for (const double value : values) all.push_back(std::isfinite(value) ? value : worst_value(better));
  std::ranges::sort(all);
  summary.lower_quartile = quantile_of_sorted(all, 0.25);
  summary.median = quantile_of_sorted(all, 0.5);
  summary.upper_quartile = quantile_of_sorted(all, 0.75);
  return summary;
}

std::vector<double> finite_values(std::span<const double> values) {
  std::vector<double> finite;
  for (const double value : values)
    if (std::isfinite(value)) finite.push_back(value);
  return finite;
}

}  // namespace deepobs
