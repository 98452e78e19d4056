#include "kernels/passes/aligned_operands.h"

#include "kernels/ops/elementwise/algebra.h"
#include "kernels/passes/rewrite.h"

namespace deepobs {
namespace {

/// Whether a value begins where a cache line does, also once it is bf16, which nothing in a buffer becomes.
bool is_aligned(const Graph& graph, Value value) {
  const ValueInfo& root = graph.info(graph.root(value));
  const std::int64_t begin = graph.offset_in_root(value.id());
  return root.buffer >= 0 ? (root.offset + begin) % Store::alignment == 0 : begin % (2 * Store::alignment) == 0;
}

}  // namespace

void align_operands(Graph& graph) {
  Rewrite rewrite(graph);
  for (std::size_t n = 0; n < rewrite.nodes().size(); ++n) {
    Node& node = rewrite.node(n);
    if (node.op->bf16.needs == 0) continue;  // no factors of products
    for (Value& operand : node.in)
      if (operand.type() == Type::f32 && !is_aligned(graph, operand))
        operand = rewrite.record_before(n, node, [&](Place at) { return copy(operand, at); });
  }
  rewrite.commit();
}

}  // namespace deepobs
