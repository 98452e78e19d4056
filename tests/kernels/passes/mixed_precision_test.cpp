#include "kernels/passes/mixed_precision.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "engine/memory/plan.h"
#include "engine/memory/storage.h"
#include "engine/run/program.h"
#include "kernels/backward.h"
#include "kernels/ops/activation/relu.h"
#include "kernels/ops/convolution/conv2d.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/elementwise/to_bf16.h"
#include "kernels/ops/elementwise/unary.h"
#include "kernels/ops/logs/log_scalar.h"
#include "kernels/ops/loss/softmax_xent.h"
#include "kernels/ops/pool/max_pool.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/ops/shape/reshape.h"
#include "kernels/update/optimizer.h"
#include "tests/error_of.h"
#include "tests/golden/hash_values.h"
#include "tests/gpus_under_test.h"

// Which tensors of a graph become bf16, and what is recorded to round the rest. What GPUs compute with it is looked at
// by op_case.cpp and trajectory_test.cpp.

namespace deepobs {
namespace {

const Initializer nothing = [](std::span<float>, std::uint64_t, std::uint64_t) {};

std::vector<std::string> names(const Graph& graph) {
  std::vector<std::string> all;
  for (const auto& node : graph.nodes()) all.emplace_back(node.op->name);
  return all;
}

/// How many tensors each rounding takes, in order.
std::vector<std::size_t> roundings(const Graph& graph) {
  std::vector<std::size_t> all;
  for (const auto& node : graph.nodes())
    if (node.op->name == "to_bf16") all.push_back(node.in.size());
  return all;
}

const Node& node_of(const Graph& graph, std::string_view op, int which = 0) {
  for (const auto& node : graph.nodes())
    if (node.op->name == op && which-- == 0) return node;
  FAIL("no node ", op);
  return graph.nodes()[0];
}

/// Two dense layers on images, cross-entropy, one step of SGD.
struct TwoLayers {
  TwoLayers() {
    const Value x = graph.input("x", Type::f32, {4, 2, 3, 1});
    const Value labels = graph.input("labels", Type::i32, {4});
    hidden = linear(reshape(x, {4, 6}), graph.parameter("w1", {6, 8}, nothing), graph.parameter("b1", {8}, nothing),
                    {.relu = true});
    logits = linear(hidden, graph.parameter("w2", {8, 5}, nothing), graph.parameter("b2", {5}, nothing));
    losses = softmax_xent(logits, labels);
    const Value objective = mean(losses);
    log_scalar(objective, store.buffer({.name = "log", .shape = {1}}));
    backward(objective);
    const Optimizer sgd = find_optimizer("SGD");
    record_update(graph, sgd, resolve(sgd), GradientUse::keep);
  }
  Store store;
  Graph graph{store};
  Value hidden, logits, losses;
};

TEST_CASE(
    "mixed precision: activations and their gradients are bf16; logits, losses and gradients of weights are not") {
  TwoLayers net;
  const std::int64_t before = make_plan(net.graph).arena_bytes;
  record_mixed_precision(net.graph);
  CHECK(net.hidden.type() == Type::bf16);
  CHECK(net.logits.type() == Type::f32);
  CHECK(net.losses.type() == Type::f32);
  CHECK(node_of(net.graph, "softmax_xent_gradient").out[0].type() == Type::bf16);
  CHECK(node_of(net.graph, "linear_data_gradient").out[0].type() == Type::bf16);
  for (int i = 0; i < 2; ++i) {
    CHECK(node_of(net.graph, "linear_weight_gradient", i).out[0].type() == Type::f32);
    CHECK(node_of(net.graph, "sum_columns", i).out[0].type() == Type::f32);
  }
  for (const auto& node : net.graph.nodes())
    for (const auto& value : node.out)
      if (net.graph.info(value).buffer >= 0) CHECK(value.type() != Type::bf16);
  CHECK(make_plan(net.graph).arena_bytes != before);
}

TEST_CASE("mixed precision: factors are rounded once, before their first use; a bias only where its output is bf16") {
  TwoLayers net;
  record_mixed_precision(net.graph);
  // x, then w1, b1 and w2 together: hidden comes as bf16, and the logits, which stay float32, want their bias so.
  CHECK(roundings(net.graph) == std::vector<std::size_t>{1, 3});
  const Node first = node_of(net.graph, "linear"), second = node_of(net.graph, "linear", 1);
  for (const auto& operand : first.in) CHECK(operand.type() == Type::bf16);
  CHECK(second.in[0] == net.hidden);
  CHECK(second.in[1].type() == Type::bf16);
  CHECK(second.in[2].type() == Type::f32);
  CHECK(node_of(net.graph, "linear_data_gradient").in[1] == second.in[1]);
  CHECK(node_of(net.graph, "linear_weight_gradient", 1).in[0] == first.in[0]);
  for (std::size_t n = 0; n < net.graph.nodes().size(); ++n)
    for (const auto& operand : net.graph.nodes()[n].in) CHECK(net.graph.info(operand).producer < static_cast<int>(n));
}

TEST_CASE("mixed precision: a second call changes nothing") {
  TwoLayers net;
  record_mixed_precision(net.graph);
  const std::string once = net.graph.to_text();
  record_mixed_precision(net.graph);
  CHECK(net.graph.to_text() == once);
}

TEST_CASE("mixed precision: kept values, and those that an op reads as float32, stay what they are") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {4, 6}), w = graph.input("w", Type::f32, {6, 6}),
              b = graph.input("b", Type::f32, {6});
  const Value kept = linear(x, w, b), read = linear(kept, w, b), free = relu(linear(read, w, b));
  const Value last = linear(free, w, b);
  graph.keep(kept);
  graph.keep(exp(read));
  graph.keep(last);
  record_mixed_precision(graph);
  CHECK(kept.type() == Type::f32);
  CHECK(read.type() == Type::f32);
  CHECK(free.type() == Type::bf16);
  CHECK(last.type() == Type::f32);
  // x, w, kept, read, and b for the one output that is bf16
  CHECK(roundings(graph) == std::vector<std::size_t>{1, 1, 1, 1, 1});
}

TEST_CASE("mixed precision: convolutions and pools pass bf16 on, also through another shape") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {2, 8, 8, 4});
  const Value w = graph.parameter("w", {3, 3, 4, 4}, nothing), b = graph.parameter("b", {4}, nothing);
  const Value y = conv2d(x, w, b, {.relu = true}), pooled = max_pool(y, {.kernel = 2, .stride = 2});
  const Value flat = reshape(pooled, {2, 3 * 3 * 4});
  const Value out = linear(flat, graph.parameter("v", {36, 3}, nothing), graph.parameter("c", {3}, nothing));
  backward(mean(out));
  record_mixed_precision(graph);
  for (const Value value : {y, pooled, flat}) CHECK(value.type() == Type::bf16);
  CHECK(node_of(graph, "max_pool").out[1].type() == Type::u8);
  CHECK(node_of(graph, "max_pool_gradient").out[0].type() == Type::bf16);
  CHECK(node_of(graph, "conv2d").in[1] == w);  // rounded by the body
  CHECK(node_of(graph, "conv2d_weight_gradient").out[0].type() == Type::f32);
  CHECK(roundings(graph) == std::vector<std::size_t>{1, 1, 1});  // x, v, and the gradient of the mean
}

TEST_CASE("mixed precision: what a node writes to is rounded again behind it") {
  Store store;
  Graph graph(store);
  const int buffer = store.buffer({.name = "numbers", .shape = {4}});
  const Value w = reshape(graph.buffer(buffer), {2, 2}), x = graph.input("x", Type::f32, {2, 2}),
              b = graph.input("b", Type::f32, {2});
  graph.keep(linear(x, w, b));
  log_scalar(mean(x), buffer);
  graph.keep(linear(x, w, b));
  record_mixed_precision(graph);
  CHECK(roundings(graph) == std::vector<std::size_t>{1, 1, 1});  // x once, w twice
  CHECK(names(graph).back() == "linear");
  CHECK(node_of(graph, "linear").in[0] == node_of(graph, "linear", 1).in[0]);
  CHECK(node_of(graph, "linear").in[1] != node_of(graph, "linear", 1).in[1]);
}

TEST_CASE("to_bf16 rounds many tensors at once, empty ones among them") {
  Store store;
  Graph graph(store);
  std::vector<Value> x;
  for (std::int64_t k = 0; k < 40; ++k)  // more than a GPU takes in one launch
    x.push_back(graph.input(text("x", k), Type::f32, {k % 5 == 3 ? 0 : 10 * k + 1}));
  const auto y = to_bf16(x);
  for (const Value each : y) graph.keep(each);
  const Plan plan = make_plan(graph);
  std::vector<std::unique_ptr<Device>> devices;
  devices.push_back(cpu_device({.threads = 3}));
  for (const auto& gpu : gpus_under_test()) devices.push_back(gpu.device());
  for (const auto& device : devices) {
    Storage storage(*device, store);
    const auto numbers = [](std::size_t k, std::int64_t count) {
      return hash_scaled(k + 1, static_cast<std::size_t>(count));
    };
    for (std::size_t k = 0; k < x.size(); ++k)
      storage.write(store.find(text("x", k)), std::span<const float>(numbers(k, x[k].shape().elements())));
    Program program(graph, plan, storage);
    program.run({});
    for (std::size_t k = 0; k < x.size(); ++k) {
      std::vector<Bf16> got(static_cast<std::size_t>(x[k].shape().elements()));
      program.read<Bf16>(y[k], got);
      const auto wanted = numbers(k, x[k].shape().elements());
      for (std::size_t i = 0; i < got.size(); ++i) REQUIRE(got[i].bits == bf16_of(wanted[i]).bits);
    }
  }
}

TEST_CASE("mixed precision: the first value that is not finite is found among bf16 ones too") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {3}), fine = to_bf16(std::vector{x})[0];
  const Value beyond = to_bf16(std::vector{graph.input("large", Type::f32, {3})})[0];
  const Plan plan = make_plan(graph);
  const auto device = cpu_device({.threads = 1});
  Storage storage(*device, store);
  const std::vector<float> large{1.f, -3.4e38f, 2.f};  // a float, and no bf16
  storage.write(store.find("large"), std::span<const float>(large));
  Program program(graph, plan, storage);
  const Node* found = program.find_first_non_finite({});
  REQUIRE(found != nullptr);
  CHECK(found->out[0] == beyond);
  CHECK(found->out[0] != fine);
}

TEST_CASE("to_bf16 takes float32 alone") {
  Store store;
  Graph graph(store);
  const Value labels = graph.input("labels", Type::i32, {3});
  check_error([&] { to_bf16(std::vector{labels}); }, Fault::usage, "to_bf16 at passes/mixed_precision_test.cpp");
}

}  // namespace
}  // namespace deepobs
