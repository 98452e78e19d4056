#pragma once

#include "engine/tensor/shape.h"
#include "kernels/convolution/conv_geometry.h"
#include "kernels/convolution/winograd/winograd_tiles.h"
#include "kernels/windows/padding.h"

namespace deepobs {

/// Attributes of conv2d's node and of its gradients' nodes.
struct ConvAttributes {
  ConvGeometry geometry;
  bool relu = false;
  WinogradTiles tiles = {};  ///< none: computed directly
  /// w and dw are [K, kh, kw, C] in the type of the images. Only bodies for a GPU know that order.
  bool krsc = false;

  Shape output_shape() const { return {geometry.n, geometry.out_h, geometry.out_w, geometry.c_out}; }
};

/// Attributes of conv2d_max_pool's node and of its gradient's.
struct ConvMaxPoolAttributes {
  ConvAttributes conv;
  WindowGeometry pool;
};

}  // namespace deepobs
