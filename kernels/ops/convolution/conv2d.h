#pragma once

#include <optional>

#include "engine/graph/graph.h"
#include "kernels/convolution/conv_algorithm.h"
#include "kernels/windows/padding.h"

namespace deepobs {

struct Conv2d {
  Extent2d stride = 1;
  Pad pad = Pad::valid;
  bool relu = false;  ///< apply relu to the output, in the same pass
  ConvAlgorithm algorithm = ConvAlgorithm::automatic;
  bool operator==(const Conv2d&) const = default;
};

/// A convolution of images with a bank of kernels (not flipped: a correlation, as everywhere in deep learning).
///   shapes    x [N, H, W, C], w [kh, kw, C, K], b [K] or none  ->  y [N, H', W', K], H' and W' as padding.h says
///   formula   y[n,i,j,k] = b[k] + sum over u, v, c of x[n, i s_h + u - top, j s_w + v - left, c] w[u,v,c,k], x being 0
///             outside the image; without b the sum alone; with relu: max(that, 0)
///   gradient  dz = dy, with relu 0 where y is not above 0; dx and dw are the two transposed sums, db sums dz over
///             all pixels. All three have gradients of their own, of the same kind
///   numerics  each element within 24 u of the sum of the absolute products, u = 2^-24; in tiles (winograd_tiles.h) as
///             winograd.h says; same bits for any number of threads
///   errors    shape mismatch, no channels, a window that does not fit (padding.h), operands that are not float32: when
///             recorded
///   source    Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", 2016
Value conv2d(Value x, Value w, std::optional<Value> b, const Conv2d& options = {}, Place at = Place::current());

}  // namespace deepobs
