#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runner/analysis/figures/model/figure.h"

namespace deepobs {

struct Tick {
  double value = 0;
  std::string text{};
};

/// Ticks at round numbers inside the limits, ascending, at most `most` of them (2 to 20); their texts have the digits that
/// tell them apart, whatever locale the host program has set. Linear axes: multiples of 1, 2 or 5 times a power of ten
/// (Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990). Logarithmic ones: powers of ten, every second, third,
/// ... where there are too many; 1, 2 and 5 times them where there are too few, and those of a linear axis where limits
/// are closer still. There may be fewer than two, where the limits are neighbouring numbers.
std::vector<Tick> round_ticks(PlotScale scale, const PlotLimits& limits, std::size_t most);

/// "0.25", "1500", "1e-5", "nan", "inf": at most `digits` that count, without zeros behind them.
std::string tick_text(double value, int digits = 6);

}  // namespace deepobs
