#pragma once

#include <cstdint>

#include "engine/graph/graph.h"

namespace deepobs {

/// What a node has to do at least, whatever its algorithm.
struct Cost {
  /// Floating-point operations of a product by its definition: two for each multiply-add, those with padding included.
  /// 0 for all other ops: they are bound by memory.
  std::int64_t flops = 0;

  std::int64_t bytes_read = 0;              ///< operands, each once; of a gather only the rows of the batch
  std::int64_t bytes_written = 0;           ///< results in memory of their own, without scratch memory
  std::int64_t bytes_written_in_place = 0;  ///< results that take the place of an operand
  std::int64_t footprint = 0;  ///< bytes of distinct memory that replays touch; of a gather the whole data set

  /// Whether the op says what it costs (Op::cost). Else the bytes of its operands and results are all that is known.
  bool declared = false;

  std::int64_t traffic() const { return bytes_read + bytes_written + bytes_written_in_place; }
};

std::int64_t bytes_of(Value value);

/// What operands and results tell: every operand is read, every result written, and operands that the op changes are
/// written where they lie. An op's own function begins with it.
Cost cost_in_bytes(const Node& node);

/// The same, and the operations of a product.
Cost cost_of_product(const Node& node, std::int64_t flops);

/// What the node's op says (Op::cost); cost_in_bytes() where it says nothing.
Cost cost_of(const Node& node);

/// Floating-point operations of all products of a graph. What was not recorded (the data gradient of the first layer)
/// does not count.
std::int64_t flops_of(const Graph& graph);

}  // namespace deepobs
