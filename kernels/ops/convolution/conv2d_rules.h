#pragma once

#include <optional>
#include <string_view>

#include "engine/graph/autodiff.h"
#include "engine/graph/cost.h"
#include "kernels/ops/convolution/conv2d.h"
#include "kernels/ops/convolution/conv2d_attributes.h"

namespace deepobs {

// What conv2d's rules share with those of ops that do more in the same pass (conv2d_max_pool).

/// The geometry of images x by weights w, [N, H, W, C] and [kh, kw, C, K]. Errors: a window that does not fit
/// (padding.h).
ConvGeometry conv_geometry(const Shape& x, const Shape& w, const Conv2d& options, std::string_view op_name,
                           const Place& at);

/// Shape rule: the convolution of x with w and b, all checked. `op` and `at` name the caller in messages.
ConvAttributes conv2d_attributes(Value x, Value w, std::optional<Value> b, const Conv2d& options,
                                 std::string_view op_name, const Place& at);

/// Gradient rule, for a node whose inputs are x, w and perhaps b: contributions to those that are wanted. dz is the
/// gradient of the convolution before its relu.
void give_conv2d_gradients(const ConvAttributes& attributes, Value dz, const Node& node, Gradients& g);

/// Cost of a node that computes a convolution, or one of its gradients: each element of y, or of dz, meets the weights
/// of its channel's window.
Cost convolution_cost(const Node& node, const ConvAttributes& attributes);

/// The same of conv2d's nodes, and of those with a pool behind it: the elements of y are counted that are not written.
Cost conv2d_cost(const Node& node);
Cost conv2d_max_pool_cost(const Node& node);

}  // namespace deepobs
