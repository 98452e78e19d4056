#pragma once

#include <functional>

namespace deepobs {

/// A zero between `low` and `high`, where the function has opposite signs (or is zero), to the last digits of double.
/// Errors: internal, for the same sign. Source: Alefeld, Potra, Shi, "Algorithm 748", ACM TOMS 21 (1995).
double root_between(const std::function<double(double)>& function, double low, double high);

}  // namespace deepobs
