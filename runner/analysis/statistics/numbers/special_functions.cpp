#include "runner/analysis/statistics/numbers/special_functions.h"

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>

#include "engine/base/check.h"
#include "runner/analysis/statistics/numbers/root.h"

namespace deepobs {
namespace {

namespace math = boost::math;

// An overflow is an infinity: a caller sees it. What is out of a function's domain was refused before.
using Policy = math::policies::policy<math::policies::overflow_error<math::policies::ignore_error>>;
using Normal = math::normal_distribution<double, Policy>;

void require_probability(double p) {
  require(p > 0 && p < 1, Fault::usage, "a probability between 0 and 1 is wanted, and ", p, " came");
}

void require_degrees(double degrees) {
  require(degrees > 0 && std::isfinite(degrees), Fault::usage, "degrees of freedom are positive, and ", degrees,
          " came");
}

void require_number(double x) { require(!std::isnan(x), Fault::usage, "a probability was asked of NaN"); }

void require_range(std::size_t k) {
  require(k >= 2, Fault::usage, "a range is that of two numbers or more, and ", k, " came");
}

}  // namespace

double normal_density(double x) { return std::exp(-x * x / 2) * 0.39894228040143267794; }

double normal_below(double x) { return std::erfc(-x * 0.70710678118654752440) / 2; }

double standard_normal_quantile(double p) {
  require_probability(p);
  return math::quantile(Normal(), p);
}

double t_quantile(double p, double degrees) {
  require_probability(p);
  require_degrees(degrees);
  return math::quantile(math::students_t_distribution<double, Policy>(degrees), p);
}

double t_two_sided(double t, double degrees) {
  require_number(t);
  require_degrees(degrees);
  if (std::isinf(t)) return 0;
  return 2 * math::cdf(math::complement(math::students_t_distribution<double, Policy>(degrees), std::abs(t)));
}

double chi_squared_above(double x, double degrees) {
  require_number(x);
  require_degrees(degrees);
  if (x <= 0) return 1;
  if (std::isinf(x)) return 0;
  return math::cdf(math::complement(math::chi_squared_distribution<double, Policy>(degrees), x));
}

double f_above(double x, double degrees_above, double degrees_below) {
  require_number(x);
  require_degrees(degrees_above);
  require_degrees(degrees_below);
  if (x <= 0) return 1;
  if (std::isinf(x)) return 0;
  return math::cdf(math::complement(math::fisher_f_distribution<double, Policy>(degrees_above, degrees_below), x));
}

double beta_quantile(double p, double a, double b) {
  require_probability(p);
  require_degrees(a);
  require_degrees(b);
  return math::quantile(math::beta_distribution<double, Policy>(a, b), p);
}

double log_factorial(std::size_t n) { return math::lgamma(static_cast<double>(n) + 1, Policy()); }

double fair_coin_at_most(std::size_t k, std::size_t n) {
  if (k >= n) return 1;
  return math::cdf(math::binomial_distribution<double, Policy>(static_cast<double>(n), 0.5), static_cast<double>(k));
}

double studentized_range_above(double q, std::size_t k) {
  require_number(q);
  require_range(k);
  if (q <= 0) return 1;
  if (std::isinf(q)) return 0;
  // The chance that the largest number is z and not all others lie within q below it. As the difference of the powers
  // is formed, nothing cancels however small it is.
  const double others = static_cast<double>(k - 1);
  constexpr double step = 1. / 32, reach = 9;
  double sum = 0;
  for (double z = -reach; z <= reach + q; z += step) {
    const double below = normal_below(z), far = normal_below(z - q);
    const double density = normal_density(z);
    if (density == 0 || below == 0) continue;
    sum += density * std::pow(below, others) * -std::expm1(others * std::log1p(-far / below));
  }
  return std::min(static_cast<double>(k) * step * sum, 1.);
}

double studentized_range_quantile(double p, std::size_t k) {
  require_probability(p);
  require_range(k);
  const auto excess = [&](double q) { return studentized_range_above(q, k) - (1 - p); };
  double high = 1;
  while (excess(high) > 0) high *= 2;
  return root_between(excess, 0, high);
}

}  // namespace deepobs
