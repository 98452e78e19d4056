#pragma once

#include <cstdint>

#include "engine/graph.h"

namespace deepobs {

/// What a node has to do at least, whatever its algorithm.
struct NodeCost {
  /// Floating-point operations of a product (linear, conv2d, their gradients) by its definition: two for each
  /// multiply-add, those with padding included. 0 for all other ops: they are bound by memory.
  std::int64_t flops = 0;

  std::int64_t bytes_read = 0;              ///< operands, each once; of a gather only the rows of the batch
  std::int64_t bytes_written = 0;           ///< results in memory of their own, without scratch memory
  std::int64_t bytes_written_in_place = 0;  ///< results that take the place of an operand
  std::int64_t footprint = 0;  ///< bytes of distinct memory that replays touch; of a gather the whole data set

  std::int64_t traffic() const { return bytes_read + bytes_written + bytes_written_in_place; }
};

NodeCost cost_of(const Node& node);

/// Whether the last output is scratch memory, not a result.
bool has_scratch(const Node& node);

/// Whether it updates weights where their gradient is made (kernels/update/gradient_update.h); its operands are then x, dz, the
/// parameters, the slots.
bool updates_weights(const Node& node);

/// Floating-point operations of all products of a graph. What was not recorded (the data gradient of the first layer)
/// does not count.
std::int64_t flops_of(const Graph& graph);

}  // namespace deepobs
