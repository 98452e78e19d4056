#pragma once

#include <cstdint>

#include "engine/memory/store.h"

namespace deepobs::init {

// How DeepOBS fills its parameters. Numbers come from Stream::initial: keyed by seed, the parameter's name and
// the element.

/// Every element `value`.
Initializer constant(double value);

/// Normal with mean 0 and the given deviation, cut at two deviations (what lies beyond is drawn again). The deviation
/// after the cut is 0.8796 of the one given. TensorFlow: truncated_normal_initializer.
Initializer truncated_normal(double deviation);

/// Truncated normal whose deviation AFTER the cut is sqrt(2 / (fan_in + fan_out)).
/// Source: Glorot & Bengio, AISTATS 2010, eq. 12, with the correction of TensorFlow >= 1.10.
Initializer glorot_normal(std::int64_t fan_in, std::int64_t fan_out);

/// Uniform within +-sqrt(6 / (fan_in + fan_out)). Source: Glorot & Bengio, AISTATS 2010, eq. 16.
Initializer glorot_uniform(std::int64_t fan_in, std::int64_t fan_out);

}  // namespace deepobs::init
