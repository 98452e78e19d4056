#pragma once

#include "engine/graph/op.h"
#include "kernels/cuda/convolution/conv.h"
#include "kernels/ops/convolution/conv2d_attributes.h"

namespace deepobs {

inline FilterOrder filter_order(const ConvAttributes& conv) {
  return conv.krsc ? FilterOrder::krsc : FilterOrder::hwck_f32;
}

/// Whether a weight gradient's node is to sum the bias' gradient too: where its output 1 has elements.
inline bool wants_bias_gradient(const Call& call) { return call.out[1].elements() > 0; }

}  // namespace deepobs
