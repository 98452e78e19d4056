#pragma once

#include "engine/shape.h"
#include "kernels/conv_geometry.h"
#include "kernels/padding.h"

namespace deepobs {

/// Attributes of conv2d's node and of its gradients' nodes.
struct ConvAttributes {
  ConvGeometry geometry;
  bool relu = false;

  Shape output_shape() const { return {geometry.n, geometry.out_h, geometry.out_w, geometry.c_out}; }
};

/// Attributes of conv2d_max_pool's node and of its gradient's.
struct ConvMaxPoolAttributes {
  ConvAttributes conv;
  WindowGeometry pool;
};

}  // namespace deepobs
