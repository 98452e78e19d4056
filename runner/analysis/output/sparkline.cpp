#include "runner/analysis/output/sparkline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

namespace deepobs {

std::string sparkline(std::span<const double> values, std::size_t width) {
  static constexpr std::array<std::string_view, 8> blocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::size_t count = std::min(width, values.size());
  std::vector<double> means;
  for (std::size_t i = 0; i < count; ++i) {
    double mean = 0;
    std::size_t finite = 0;
    for (std::size_t at = i * values.size() / count; at < (i + 1) * values.size() / count; ++at)
      if (std::isfinite(values[at])) mean += (values[at] - mean) / static_cast<double>(++finite);
    means.push_back(finite > 0 ? mean : std::numeric_limits<double>::quiet_NaN());
  }
  double low = HUGE_VAL, high = -HUGE_VAL;
  for (const double mean : means)
    if (std::isfinite(mean)) low = std::min(low, mean), high = std::max(high, mean);
  std::string out;
  for (const double mean : means) {
    if (!std::isfinite(mean)) {
      out += ' ';
      continue;
    }
    // Halves, for the difference of two large values may be infinite.
    const double share = high > low ? (mean / 2 - low / 2) / (high / 2 - low / 2) : 0;
    out += blocks[std::min(blocks.size() - 1, static_cast<std::size_t>(share * static_cast<double>(blocks.size())))];
  }
  return out;
}

}  // namespace deepobs
