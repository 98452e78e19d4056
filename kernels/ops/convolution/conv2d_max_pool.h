#pragma once

#include <optional>

#include "engine/graph/graph.h"
#include "kernels/ops/convolution/conv2d.h"
#include "kernels/windows/padding.h"

namespace deepobs {

struct Conv2dMaxPool {
  Conv2d conv = {};
  Window pool = {};
  bool differentiable = true;  ///< false: no gradient will be taken, and what it needs is not kept
};

/// max_pool(conv2d(x, w, b, conv), pool) in one pass: what the convolution makes of an image is pooled while it lies in
/// the worker's cache, and never written to memory. Nor is its gradient, if x needs none and there are no tiles.
///   shapes    x [N, H, W, C], w [kh, kw, C, K], b [K] or none  ->  y [N, H'', W'', K]; both windows are placed as
///             padding.h says
///   formula   those of conv2d.h and max_pool.h
///   gradient  dz of the convolution is that of max_pool.h, and 0 where y is not above 0 if there is a relu; dx, dw, db
///             as in conv2d.h
///   numerics  the same bits as the two ops one after the other
///   errors    when recorded: those of both; a gradient of what was said to have none
///   two ops   are recorded in its place where one pass does not pay or cannot be: the convolution's output of an image
///             is above 768 KiB (of 256 channels at a time; 1.6 MiB of all channels in tiles), the images are fewer
///             than the tasks that keep many cores busy (16), or a window of the pool sees more than 256 pixels
Value conv2d_max_pool(Value x, Value w, std::optional<Value> b, const Conv2dMaxPool& options,
                      Place at = Place::current());

/// The one node in place of a conv2d's and of the max_pool's that reads it: the pool's outputs from the convolution's
/// operands. For graphs of a GPU, which has no such limits; a CPU's body does.
Node conv2d_max_pool_node(const Node& conv, const Node& pool);

}  // namespace deepobs
