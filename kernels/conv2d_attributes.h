#pragma once

#include "kernels/conv_geometry.h"

namespace deepobs {

/// Attributes of conv2d's node and of its gradients' nodes.
struct ConvAttributes {
  ConvGeometry geometry;
  bool relu = false;
};

}  // namespace deepobs
