#pragma once

#include <string_view>

#include "engine/graph/graph.h"
#include "kernels/windows/padding.h"

namespace deepobs {

/// The largest value under a window that slides over images, channel by channel.
///   shapes    x [N, H, W, C]  ->  y [N, H', W', C], H' and W' as padding.h says
///   formula   y[n,i,j,c] = max of x[n,p,q,c] over the pixels (p, q) of the image under window (i, j): padding never
///             wins. A NaN under the window wins
///   gradient  dy goes to the winner: the first one, row by row, of equal values; the last one of several NaNs. Where
///             windows overlap, contributions are added in the order of the windows
///   numerics  exact; gradient exact where windows do not overlap, else within ceil(kernel / stride)^2 - 1 roundings
///   errors    when recorded: x is no [N, H, W, C] or not float32; a window that does not fit (padding.h) or sees 2^31
///             pixels
///   source    TensorFlow tf.nn.max_pool2d, PyTorch MaxPool2d (NaN, ties)
Value max_pool(Value x, const Window& window, Place at = Place::current());

/// The gradient of max_pool() alone: that of images of shape `x` from dy, the gradient of its output.
///   winners  the places that the pool noted (max_pool_loops.h), [N, H', W', C] of winner_type()
Value max_pool_gradient(Value dy, Value winners, const Shape& x, const WindowGeometry& geometry,
                        Place at = Place::current());

/// What the winner's place among the pixels that a window sees needs: one byte, unless the window is very large.
/// Errors: a window sees 2^31 pixels.
Type winner_type(const WindowGeometry& geometry, std::string_view op_name, const Place& at);

/// Every window has the places below this one, whatever part of it lies outside the image.
std::int64_t places_of_every_window(const WindowGeometry& geometry);

}  // namespace deepobs
