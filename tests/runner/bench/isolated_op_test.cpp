#include "runner/bench/isolated_op.h"

#include <doctest/doctest.h>

#include "kernels/ops/activation/relu.h"
#include "kernels/ops/gather/gather_labels.h"
#include "kernels/ops/gather_images/gather_images.h"
#include "kernels/ops/loss/softmax_xent.h"
#include "kernels/ops/pool/max_pool.h"
#include "tests/error_of.h"

namespace deepobs {
namespace {

TEST_CASE("bench isolated op: every op of a training step's kinds can be taken out of its graph and replayed") {
  const auto device = cpu_device({.threads = 1});
  Store store;
  Graph graph(store);
  const Value labels = graph.input("labels", Type::i32, {12}), order = graph.input("order", Type::i32, {10});
  gather_labels(labels, order, 4);
  relu(graph.input("x", Type::f32, {3, 5}));
  for (const Node& node : graph.nodes()) {
    IsolatedOp alone(*device, [&](Graph& into) { record_alone(node, into); });
    CHECK(alone.node().op == node.op);
    REQUIRE(alone.node().in.size() == node.in.size());
    for (std::size_t i = 0; i < node.in.size(); ++i) {
      CHECK(alone.node().in[i].shape() == node.in[i].shape());
      CHECK(&alone.node().in[i].graph() != &graph);
    }
    for (int replay = 0; replay < 5; ++replay) alone.run();
  }
}

TEST_CASE("bench isolated op: its whole numbers are those that the op takes") {
  const auto device = cpu_device({.threads = 1});
  const auto node_of = [](Graph& graph) -> const Node& { return graph.nodes().back(); };
  Store store;
  Graph graph(store);
  const Value logits = graph.input("logits", Type::f32, {8, 3}), labels = graph.input("labels", Type::i32, {8});
  softmax_xent(logits, labels);
  CHECK(node_of(graph).op->operand(1).limit(node_of(graph)) == 3);
  const Value x = graph.input("x", Type::f32, {2, 5, 5, 1});
  const Value pooled = max_pool(x, {.kernel = 3, .stride = 2, .pad = Pad::same});
  max_pool_gradient(pooled, node_of(graph).out[1], x.shape(), node_of(graph).attributes.as<WindowGeometry>());
  CHECK(node_of(graph).op->operand(1).limit(node_of(graph)) == 2);  // a window at the side sees two columns
  const Value images = graph.input("images", Type::u8, {12, 2, 2, 1}), order = graph.input("order", Type::i32, {10});
  gather_images(images, order, {.batch = 4});
  CHECK(node_of(graph).op->operand(1).limit(node_of(graph)) == 12);
  CHECK(node_of(graph).op->batches(node_of(graph)) == 2);
  for (const Node& node : graph.nodes()) {
    IsolatedOp alone(*device, [&](Graph& into) { record_alone(node, into); });
    for (int replay = 0; replay < 3; ++replay) alone.run();
  }
}

TEST_CASE("bench isolated op: it is one node") {
  const auto device = cpu_device({.threads = 1});
  const auto two = [](Graph& graph) { relu(relu(graph.input("x", Type::f32, {3}))); };
  check_error([&] { IsolatedOp(*device, two); }, Fault::internal, "one node, not 2");
}

}  // namespace
}  // namespace deepobs
