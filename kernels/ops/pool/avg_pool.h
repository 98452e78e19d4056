#pragma once

#include "engine/graph/graph.h"
#include "kernels/windows/padding.h"

namespace deepobs {

/// The mean under a window that slides over images, channel by channel.
///   shapes    x [N, H, W, C]  ->  y [N, H', W', C], H' and W' as padding.h says
///   formula   y[n,i,j,c] = mean of x[n,p,q,c] over the pixels (p, q) of the image under window (i, j). Padding does
///             not count, whether it comes from Pad::same or is given (PyTorch: count_include_pad=False)
///   gradient  dx[n,p,q,c] = sum over the windows (i, j) that see (p, q) of dy[n,i,j,c] / pixels under (i, j)
///   numerics  sums in double, rounded once: within 1 ulp, or 2^-50 of the mean magnitude where terms cancel. Gradient:
///             at most 1 + windows roundings, windows = ceil(kernel.h / stride.h) ceil(kernel.w / stride.w)
///   errors    when recorded: x is no [N, H, W, C] or not float32; a window that does not fit (padding.h)
///   source    TensorFlow tf.nn.avg_pool2d
Value avg_pool(Value x, const Window& window, Place at = Place::current());

/// The mean over all pixels, one value for each image and channel: x [N, H, W, C]  ->  [N, 1, 1, C].
Value global_avg_pool(Value x, Place at = Place::current());

}  // namespace deepobs
