#pragma once

#include <cstddef>

namespace deepobs {

/// Distribution functions, to about 1e-14 relative, far into the tails. Errors: usage, for probabilities outside (0, 1)
/// and for degrees of freedom that are not positive.

double normal_density(double x);
double normal_below(double x);  ///< P(Z <= x)
double standard_normal_quantile(double p);

double t_quantile(double p, double degrees);                           ///< of Student's t
double t_two_sided(double t, double degrees);                          ///< P(|T| >= |t|)
double chi_squared_above(double x, double degrees);                    ///< P(X >= x)
double f_above(double x, double degrees_above, double degrees_below);  ///< P(F >= x) of Fisher's F
double beta_quantile(double p, double a, double b);

double log_factorial(std::size_t n);  ///< ln n!

/// P(X <= k) of n throws of a fair coin.
double fair_coin_at_most(std::size_t k, std::size_t n);

/// The range of k independent standard normal numbers, which is the studentized range with infinitely many degrees of
/// freedom: P(range <= q) = k * integral of density(z) (P(z) - P(z - q))^(k-1) over z, by the trapezoidal rule, which
/// for such integrands converges faster than any power of its step. k >= 2.
double studentized_range_above(double q, std::size_t k);     ///< P(range >= q)
double studentized_range_quantile(double p, std::size_t k);  ///< where P(range <= q) = p

}  // namespace deepobs
