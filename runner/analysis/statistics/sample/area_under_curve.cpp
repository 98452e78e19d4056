#include "runner/analysis/statistics/sample/area_under_curve.h"

#include <cmath>

#include "engine/base/check.h"

namespace deepobs {

Estimate area_under_curve(std::span<const double> curve, Better better, CurveScale scale, std::size_t first_epoch) {
  require(curve.size() >= 2 && first_epoch <= curve.size() - 2, Fault::usage,
          "an area lies under two values or more; the curve has ", curve.size(), ", and epoch ", first_epoch,
          " is the first one asked for");
  const std::span<const double> part = curve.subspan(first_epoch);
  const bool logarithmic = scale == CurveScale::log10;
  Estimate area{.n = part.size()};
  area.rule = text("mean height of the curve", logarithmic ? " of log10" : "", ", epochs ", first_epoch, " to ",
                   curve.size() - 1, ", trapezoidal rule");
  long double sum = 0;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (!std::isfinite(part[i])) {
      ++area.n_diverged;
      continue;
    }
    require(!logarithmic || part[i] > 0, Fault::usage, "the logarithm of ", part[i], " at epoch ", first_epoch + i,
            " was asked for; take the linear scale");
    const double height = logarithmic ? std::log10(part[i]) : part[i];
    sum += i == 0 || i + 1 == part.size() ? 0.5L * height : static_cast<long double>(height);
  }
  area.value = static_cast<double>(sum / static_cast<long double>(part.size() - 1));
  if (area.n_diverged > 0) {
    area.value = worst_value(better);
    area.caveat = text("The run diverged: ", count_text(area.n_diverged, "value"), " of ", area.n, " ",
                       area.n_diverged == 1 ? "is" : "are", " not finite.");
  }
  return area;
}

}  // namespace deepobs
