#pragma once

#include "problems/network/layers.h"

namespace deepobs {

// The networks of DeepOBS (Schneider, Balles & Hennig, "DeepOBS: a deep learning optimizer benchmark suite", ICLR 2019,
// appendix): from images [N, H, W, C] to logits [N, classes], if nothing else is said.

/// Multinomial logistic regression, all parameters 0 at the start.
Value logreg(Layers& layers, Value images, std::int64_t classes);

/// Dense 1000, 500, 100, classes with ReLU between; truncated normal weights (0.03), biases 0.
Value mlp(Layers& layers, Value images, std::int64_t classes);

/// Two convolutions with max pooling, two dense layers; truncated normal weights (0.05), biases 0.05.
Value conv_2c2d(Layers& layers, Value images, std::int64_t classes);

/// Three convolutions with overlapping max pooling, three dense layers; Glorot weights, biases 0.
Value conv_3c3d(Layers& layers, Value images, std::int64_t classes);

/// A wide residual network of depth 6 units + 4: three groups of `units` residual units with 16, 32 and 64 times
/// `widening` channels, batch norm and ReLU before each convolution but the first, none of which has a bias; Glorot
/// uniform weights.
/// Source: Zagoruyko & Komodakis, "Wide residual networks", BMVC 2016.
struct WideResnet {
  int units, widening;
};
Value wide_resnet(Layers& layers, Value images, const WideResnet& network, std::int64_t classes);

/// A model of the next character: embedding of 128, two LSTM layers of 128 units with forget bias 1 and a dense layer.
/// Each LSTM layer drops a fifth of its inputs and of its outputs; the state goes from one mini-batch to the next.
/// Glorot uniform weights; the last bias is uniform too, with `characters` as fan-in and fan-out.
///   ids [N, T] i32 -> logits [N T, characters]: rows n T + t
Value char_rnn(Layers& layers, Value ids, std::int64_t characters);

}  // namespace deepobs
