#include "kernels/passes/bias_sums.h"

#include <optional>

#include "engine/graph/graph_editor.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/ops/reduce/relu_gradient_sums.h"
#include "kernels/ops/shape/reshape.h"
#include "kernels/passes/rewrite.h"

namespace deepobs {
namespace {

/// What the bias gradient of a convolution's weight gradient is the sum of; nothing for other nodes.
std::optional<Value> summed(const Rewrite& rewrite, const Node& node) {
  if (node.op->name == "conv2d_max_pool_weight_gradient") return node.in[1];
  if (node.op->name != "conv2d_weight_gradient") return {};
  const Node* pool = rewrite.producer(node.in[1], "max_pool_gradient");
  return pool ? pool->in[0] : node.in[1];
}

/// Where a convolution's data gradient, or the gradient of a relu alone, has the relu's output among its operands. (A
/// dense layer's data gradient applies the gate itself: where its product is cut into parts, in the pass that adds
/// them, and whoever waits for it would wait for one launch more if that were left to others.)
std::optional<std::size_t> gate_of(const Node& node) {
  if (node.op->name == "relu_gradient") return 1;
  if (node.op->name == "conv2d_data_gradient" && node.in.size() > 2) return 2;
  return {};
}

/// Whether a node shows all of its operand, under another shape.
bool is_reshaped(const Node& node) {
  return node.op->is_alias() && node.out[0].shape().elements() == node.in[0].shape().elements();
}

/// The node that sums the columns of a value, which perhaps has another shape there.
struct ColumnSum {
  const Node* node = nullptr;         ///< null: there is none
  Value of;                           ///< what it reads
  std::vector<const Node*> reshaped;  ///< how that came of the value
};
ColumnSum column_sum_of(const Rewrite& rewrite, Value value) {
  ColumnSum found{.node = nullptr, .of = value, .reshaped = {}};
  for (;;) {
    for (const std::size_t reader : rewrite.readers(found.of))
      if (rewrite.nodes()[reader].op->name == "sum_columns") found.node = &rewrite.nodes()[reader];
    if (found.node) return found;
    // Under another shape the value must be all that anybody reads: the zeros are set there.
    const auto& readers = rewrite.readers(found.of);
    if (readers.size() != 1 || !is_reshaped(rewrite.nodes()[readers[0]])) return {};
    found.reshaped.push_back(&rewrite.nodes()[readers[0]]);
    found.of = found.reshaped.back()->out[0];
  }
}

Value in_shape(Value x, const Shape& shape, Place at) { return x.shape() == shape ? x : reshape(x, shape, at); }

}  // namespace

void separate_bias_sums(Graph& graph) {
  Rewrite rewrite(graph);
  for (std::size_t n = 0; n < rewrite.nodes().size(); ++n) {
    Node& node = rewrite.node(n);
    const auto gradient = summed(rewrite, node);
    // A sum that the host reads keeps its place: the node makes it itself.
    if (!gradient || node.out[1].shape().elements() == 0 || graph.info(node.out[1]).kept) continue;
    const Value sums = rewrite.record_before(n, node, [&](Place at) { return sum_columns(*gradient, at); });
    rewrite.replace(node.out[1], sums);
    node.out[1] = GraphEditor(graph).make_value({0});
  }
  rewrite.commit();
}

void gate_and_sum(Graph& graph) {
  Rewrite rewrite(graph);
  for (std::size_t n = 0; n < rewrite.nodes().size(); ++n) {
    Node& node = rewrite.node(n);
    const auto gate = gate_of(node);
    if (!gate || !rewrite.is_internal(node.out[0])) continue;
    const ColumnSum sum = column_sum_of(rewrite, node.out[0]);
    if (sum.node == nullptr || !rewrite.is_internal(sum.of) || graph.info(sum.node->out[0]).kept) continue;
    const Value y = node.in[*gate];
    const bool relu_alone = node.op->name == "relu_gradient";
    const Value dy = relu_alone ? node.in[0] : GraphEditor(graph).make_value(node.out[0].shape());
    const auto fused = rewrite.record_before(n + 1, *sum.node, [&](Place at) {
      const Shape& shape = sum.of.shape();
      return relu_gradient_sums(in_shape(dy, shape, at), in_shape(y, shape, at), at);
    });
    rewrite.replace(sum.of, fused.dx);
    rewrite.replace(sum.node->out[0], fused.sums);
    for (const Node* each : sum.reshaped) rewrite.drop(*each);
    rewrite.drop(*sum.node);
    if (relu_alone) {
      rewrite.drop(node);
    } else {  // the product goes on without its gate
      node.out[0] = dy;
      node.in.resize(*gate);
    }
  }
  rewrite.commit();
}

}  // namespace deepobs
