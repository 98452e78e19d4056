#include "kernels/ops/gather/embedding.h"

#include <limits>
#include <vector>

#include "engine/graph/autodiff.h"
#include "engine/graph/cost.h"
#include "kernels/cpu/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(embedding);
DEEPOBS_CPU_BODY(embedding_gradient);

namespace {

/// Of the table only the rows that are picked are read.
Cost cost(const Node& node) {
  Cost cost = cost_in_bytes(node);
  cost.bytes_read = bytes_of(node.in[0]) + bytes_of(node.out[0]);
  return cost;
}

std::int64_t rows_of_table(const Node& node) { return node.in[1].dim(0); }
std::int64_t rows_of_gradient(const Node& node) { return node.out[0].dim(0); }

void gradient_of_gradient(const Node& node, Gradients& g) {
  g.give(1, embedding(node.in[0], g.of_output(), node.place));
}

constexpr Operand gradient_operands[]{{"ids", Type::i32, rows_of_gradient}, {"dy"}};
const Op gradient_op{.name = "embedding_gradient",
                     .operands = gradient_operands,
                     .cpu = bodies::embedding_gradient,
                     .gradient = gradient_of_gradient,
                     .scratch = 0b10,
                     .bf16 = {.reads = 0b10}};

void gradient(const Node& node, Gradients& g) {
  const Value ids = node.in[0], table = node.in[1];
  // Where each row's ids begin in a list of all ids by row, and that list.
  const Graph::Output sorted{{table.dim(0) + 1 + ids.shape().elements()}, Type::i32};
  g.give(1, ids.graph().record(gradient_op, {ids, g.of_output()}, {{table.shape()}, sorted}, {}, node.place).out[0]);
}

constexpr Operand operands[]{{"ids", Type::i32, rows_of_table}, {"table"}};
const Op op{.name = "embedding",
            .operands = operands,
            .cpu = bodies::embedding,
            .gradient = gradient,
            .cost = cost,
            .bf16 = {.writes = 0b1}};

}  // namespace

Value embedding(Value ids, Value table, Place at) {
  require(table.shape().rank() == 2, Fault::usage, op.name, " at ", to_string(at), ": the table must be [V, D], not ",
          table.described());
  require(table.dim(0) > 0 || ids.shape().elements() == 0, Fault::usage, op.name, " at ", to_string(at),
          ": the table has no row that an id could pick: ", table.described());
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  require(ids.shape().elements() <= most && table.dim(0) < most, Fault::usage, op.name, " at ", to_string(at),
          ": there can be at most 2^31 - 1 ids and rows of the table: ", ids.described(), "; ", table.described());
  std::vector<std::int64_t> shape(ids.shape().extents().begin(), ids.shape().extents().end());
  shape.push_back(table.dim(1));
  return ids.graph().record_one(op, {ids, table}, Shape(shape), {}, at);
}

}  // namespace deepobs
