#pragma once

#include <cstddef>
#include <optional>

#include "engine/graph/graph.h"

namespace deepobs {

/// A convolution's node that takes its filter, or makes the gradient of it, in the order of a GPU's library
/// (filter_order.h).
struct ConvInLibraryOrder {
  Node node;                                  ///< of the same operands and outputs: the caller exchanges the filter
  std::optional<std::size_t> filter_operand;  ///< which operand the filter is
  bool filter_output = false;                 ///< output 0 is the filter's gradient
};

/// The same for a node of conv2d, conv2d_max_pool or of one of their gradients; nothing for others, and for one that is
/// in that order already.
std::optional<ConvInLibraryOrder> conv_in_library_order(const Node& node);

}  // namespace deepobs
