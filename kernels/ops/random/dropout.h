#pragma once

#include <cstdint>

#include "engine/graph/graph.h"

namespace deepobs {

/// Dropout, element by element and inverted: evaluation needs no counterpart.
///   shapes    x any, up to 2^34 elements  ->  y like x
///   formula   y[i] = x[i] / (1 - rate) where r[i] >= rate, else 0. r[i], uniform in [0, 1), is word i % 4 of
///             random_words(seed, Stream::dropout, sub_stream, step, i / 4) (engine/tensor/random.h)
///   gradient  dx[i] = dy[i] / (1 - rate) where r[i] >= rate, else 0, with r drawn again: no mask is kept
///   numerics  one rounding of 1 / (1 - rate), one of the product; rate is rounded to float32
///   errors    rate outside [0, 1), sub_stream of 4096 or more, x too large or not float32: when recorded
///   source    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014
/// Layers need different sub-streams, or they drop the same elements.
Value dropout(Value x, double rate, std::uint32_t sub_stream, Place at = Place::current());

}  // namespace deepobs
