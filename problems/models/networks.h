#pragma once

#include "problems/models/layers.h"

namespace deepobs {

// The networks of DeepOBS (Schneider, Balles & Hennig, "DeepOBS: a deep learning optimizer benchmark suite", ICLR 2019,
// appendix): from images [N, H, W, C] to logits [N, classes].

/// Multinomial logistic regression, all parameters 0 at the start.
Value logreg(Layers& layers, Value images, std::int64_t classes);

/// Dense 1000, 500, 100, classes with ReLU between; truncated normal weights (0.03), biases 0.
Value mlp(Layers& layers, Value images, std::int64_t classes);

/// Two convolutions with max pooling, two dense layers; truncated normal weights (0.05), biases 0.05.
Value conv_2c2d(Layers& layers, Value images, std::int64_t classes);

/// Three convolutions with overlapping max pooling, three dense layers; Glorot weights, biases 0.
Value conv_3c3d(Layers& layers, Value images, std::int64_t classes);

}  // namespace deepobs
