#pragma once

namespace deepobs {

/// Quantile of the standard normal distribution: x with Phi(x) = p, for p in (0, 1).
///   numerics  relative error about 1e-16
///   errors    p outside (0, 1): NaN
///   source    Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Appl. Stat. 37, 1988
///   (PPND16)
double normal_quantile(double p);

}  // namespace deepobs
