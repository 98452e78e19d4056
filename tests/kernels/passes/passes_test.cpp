#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/graph/graph_editor.h"
#include "engine/memory/plan.h"
#include "engine/memory/storage.h"
#include "engine/run/program.h"
#include "kernels/backward.h"
#include "kernels/ops/activation/relu.h"
#include "kernels/ops/convolution/conv2d.h"
#include "kernels/ops/convolution/conv2d_max_pool.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/elementwise/unary.h"
#include "kernels/ops/logs/log_scalar.h"
#include "kernels/ops/loss/correct.h"
#include "kernels/ops/loss/softmax_xent.h"
#include "kernels/ops/pool/max_pool.h"
#include "kernels/ops/reduce/l2_penalty.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/ops/shape/concatenate.h"
#include "kernels/ops/shape/reshape.h"
#include "kernels/ops/shape/slice.h"
#include "kernels/passes/aligned_operands.h"
#include "kernels/passes/bias_sums.h"
#include "kernels/passes/drop_unread.h"
#include "kernels/passes/for_gpu.h"
#include "kernels/passes/fuse_loss.h"
#include "kernels/passes/fuse_pools.h"
#include "kernels/passes/library_filters.h"
#include "kernels/update/optimizer.h"
#include "tests/error_of.h"
#include "tests/golden/hash_values.h"
#include "tests/gpus_under_test.h"

// What the passes over a GPU's graph make of a step, and that they change no number but for the order of sums.

namespace deepobs {
namespace {

const Initializer nothing = [](std::span<float>, std::uint64_t, std::uint64_t) {};

/// A training step of a small network on images [4, 9, 9, 2], with logs and everything.
class Step {
 public:
  using Network = std::function<Value(Step&, Value images)>;

  Step(const Network& network, double weight_decay) {
    const Value images = graph.input("images", Type::f32, {4, 9, 9, 2}), labels = graph.input("labels", Type::i32, {4});
    const Value logits = network(*this, images);
    correct(logits, labels);  // nobody reads it
    const Value losses = softmax_xent(logits, labels), loss = mean(losses);
    objective = weight_decay == 0 ? loss : add(loss, l2_penalty(weights, weight_decay));
    log_scalar(objective, store.buffer({.name = "log", .shape = {1}}));
    backward(objective);
    const Optimizer sgd = find_optimizer("SGD");
    record_update(graph, sgd, resolve(sgd), GradientUse::keep);
  }

  Value dense(Value x, std::int64_t units, bool relu) {
    const std::string name = text("fc", weights.size());
    weights.push_back(graph.parameter(name + ".weight", {x.dim(1), units}, nothing));
    return linear(x, weights.back(), graph.parameter(name + ".bias", {units}, nothing), {.relu = relu});
  }
  struct Filter {
    Value weight, bias;
  };
  Filter filter(Value x, std::int64_t size, std::int64_t channels) {
    const std::string name = text("conv", weights.size());
    weights.push_back(graph.parameter(name + ".weight", {size, size, x.dim(3), channels}, nothing));
    return {weights.back(), graph.parameter(name + ".bias", {channels}, nothing)};
  }

  std::map<std::string, int> count() const {
    std::map<std::string, int> ops;
    for (const auto& node : graph.nodes())
      if (!node.op->is_alias()) ++ops[std::string(node.op->name)];
    return ops;
  }

  struct Numbers {
    float logged;
    std::vector<std::vector<float>> gradients, parameters;
  };
  /// The second of two steps.
  Numbers run(Device& device) const {
    const Plan plan = make_plan(graph);
    Storage storage(device, store);
    std::uint64_t stream = 0;
    const auto fill = [&](std::int64_t elements) { return hash_scaled(++stream, static_cast<std::size_t>(elements)); };
    for (const auto& parameter : store.parameters()) storage.set_parameter(parameter, fill(parameter.shape.elements()));
    storage.write(store.find("images"), std::span<const float>(fill(4 * 9 * 9 * 2)));
    storage.write(store.find("labels"), std::span<const std::int32_t>(std::vector<std::int32_t>{2, 0, 1, 2}));
    Program program(graph, plan, storage);
    for (int step = 0; step < 2; ++step) program.run({.step = step, .learning_rate = 0.01});
    Numbers numbers{};
    std::vector<float> logged(1);
    storage.read<float>(store.find("log"), logged);
    numbers.logged = logged[0];
    for (const auto& parameter : store.parameters()) {
      numbers.gradients.push_back(storage.gradient(parameter));
      numbers.parameters.push_back(storage.parameter(parameter));
    }
    return numbers;
  }

  Store store;
  Graph graph{store};
  std::vector<Value> weights;
  Value objective;
};

Value dense_network(Step& step, Value images) {
  Value x = step.dense(flatten(images), 12, true);
  x = relu(step.dense(x, 7, false));
  return step.dense(x, 3, false);
}

/// As the convolutional problems are: pools in one node with their convolutions, one with inner filters.
Value pooled_network(Step& step, Value images) {
  const auto first = step.filter(images, 3, 8);
  Value x =
      conv2d_max_pool(images, first.weight, first.bias, {.conv = {.relu = true}, .pool = {.kernel = 2, .stride = 2}});
  const auto second = step.filter(x, 2, 4);
  x = max_pool(conv2d(x, second.weight, second.bias, {.relu = true}), {.kernel = 2, .stride = 1});
  x = step.dense(flatten(x), 6, true);
  return step.dense(x, 3, false);
}

/// Without pools, and a filter that is used twice.
Value plain_network(Step& step, Value images) {
  const auto first = step.filter(images, 3, 4);
  Value x = conv2d(images, first.weight, first.bias, {.pad = Pad::same, .relu = true});
  const auto second = step.filter(x, 3, 4);
  for (int i = 0; i < 2; ++i) x = conv2d(x, second.weight, second.bias, {.pad = Pad::same, .relu = i == 0});
  return step.dense(flatten(x), 3, false);
}

const std::vector<std::pair<std::string, Step::Network>> networks{
    {"dense", dense_network}, {"pooled", pooled_network}, {"plain", plain_network}};

void compare(const Step::Numbers& got, const Step::Numbers& wanted) {
  CHECK(got.logged == doctest::Approx(wanted.logged).epsilon(2e-5));  // 324 terms of a dense layer, 2^-24 each
  const auto near = [](const std::vector<float>& a, const std::vector<float>& b, const char* what) {
    float largest = 0;
    for (const float x : b) largest = std::max(largest, std::abs(x));
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      INFO(what, ", element ", i, " of ", a.size());
      REQUIRE(std::abs(a[i] - b[i]) <= 2e-6f * largest);
    }
  };
  for (std::size_t p = 0; p < wanted.gradients.size(); ++p) {
    CAPTURE(p);
    CHECK(std::ranges::any_of(wanted.gradients[p], [](float x) { return x != 0; }));
    near(got.gradients[p], wanted.gradients[p], "gradient");
    near(got.parameters[p], wanted.parameters[p], "parameter");
  }
}

TEST_CASE("passes: on a CPU those that it can run change no number") {
  const auto device = cpu_device({.threads = 1});
  for (const auto& [name, network] : networks)
    for (const double decay : {0., 0.3}) {
      CAPTURE(name);
      CAPTURE(decay);
      const Step before(network, decay);
      Step after(network, decay);
      drop_unread(after.graph);
      fuse_loss(after.graph);
      gate_and_sum(after.graph);
      drop_unread(after.graph);
      CHECK(after.graph.nodes().size() < before.graph.nodes().size());
      compare(after.run(*device), before.run(*device));
    }
}

TEST_CASE("passes: a GPU computes with all of them what a CPU does without") {
  const auto device = cpu_device({.threads = 1});
  for (const auto& gpu : gpus_under_test())
    for (const auto& [name, network] : networks)
      for (const double decay : {0., 0.3}) {
        CAPTURE(name);
        CAPTURE(decay);
        CAPTURE(gpu.name);
        const Step before(network, decay);
        Step after(network, decay);
        record_for_gpu(after.graph, Precision::fp32);
        const auto on_gpu = gpu.device();
        compare(after.run(*on_gpu), before.run(*device));
      }
}

TEST_CASE("passes: what is left of a step") {
  using Count = std::map<std::string, int>;
  Step dense(dense_network, 0.);
  record_for_gpu(dense.graph, Precision::fp32);
  CHECK(dense.count() == Count{{"linear", 3},
                               {"relu", 1},
                               {"mean_softmax_xent", 1},
                               {"linear_data_gradient", 2},
                               {"linear_weight_gradient", 3},
                               {"sum_columns", 3},
                               {"update", 1}});
  Step pooled(pooled_network, 0.3);
  record_for_gpu(pooled.graph, Precision::fp32);
  CHECK(pooled.count() == Count{{"filters_in_library_order", 1},
                                {"conv2d_max_pool", 2},
                                {"linear", 2},
                                {"l2_penalty", 1},
                                {"mean_softmax_xent", 1},
                                {"linear_data_gradient", 2},
                                {"linear_weight_gradient", 2},
                                {"relu_gradient_sums", 1},
                                {"max_pool_gradient", 1},
                                {"conv2d_data_gradient", 1},
                                {"conv2d_max_pool_weight_gradient", 1},
                                {"conv2d_weight_gradient", 1},
                                {"sum_columns", 3},
                                {"finished_gradients", 1},
                                {"update", 1}});
}

TEST_CASE("passes: memory that only CPU bodies work in is gone") {
  for (const auto& [name, network] : networks) {
    Step step(network, 0.3);
    record_for_gpu(step.graph, Precision::fp32);
    for (const auto& node : step.graph.nodes())
      for (std::size_t i = 0; i < node.out.size(); ++i)
        if (node.op->is_scratch(i)) CHECK(node.out[i].shape().elements() == 0);
  }
}

TEST_CASE("passes: in mixed precision filters and their gradients are bf16 too, and what the update reads is not") {
  Step step(pooled_network, 0.);
  record_for_gpu(step.graph, Precision::bf16);
  int filters = 0, gradients = 0;
  for (const auto& node : step.graph.nodes()) {
    if (node.op->name == "filters_in_library_order") {
      for (const auto& filter : node.out) CHECK(filter.type() == Type::bf16);
      filters += static_cast<int>(node.out.size());
    }
    if (node.op->name.starts_with("conv2d") && node.op->name.ends_with("weight_gradient")) {
      CHECK(node.out[0].type() == Type::bf16);
      ++gradients;
    }
    if (node.op->name == "finished_gradients")
      for (const auto& gradient : node.out) CHECK(gradient.type() == Type::f32);
  }
  CHECK(filters == 2);
  CHECK(gradients == 2);
}

TEST_CASE("drop_unread leaves what is kept, lies in a buffer or changes one, and what those read") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {3});
  const Value unread = exp(exp(x)), kept = exp(x), read = exp(x);
  graph.keep(kept);
  log_scalar(sum(reshape(read, {3, 1})), store.buffer({.name = "log", .shape = {1}}));
  drop_unread(graph);
  std::vector<std::string> names;
  for (const auto& node : graph.nodes()) names.emplace_back(node.op->name);
  CHECK(names == std::vector<std::string>{"exp", "exp", "reshape", "sum", "log_scalar"});
  CHECK(graph.info(unread).producer == -1);
  CHECK(unread.described() == "[3], which no node computes");
  CHECK(graph.info(kept).producer == 0);
  CHECK(make_plan(graph).to_text(graph).find("which no node computes") == std::string::npos);
}

/// How many nodes there are of an op after a pass.
int count(const Graph& graph, std::string_view op) {
  return static_cast<int>(std::ranges::count(graph.nodes(), op, [](const Node& node) { return node.op->name; }));
}

TEST_CASE("fuse_loss leaves alone what somebody else looks at") {
  // What is kept, or read by a node that the fused one does not stand for.
  for (const int which : {0, 1, 2, 3}) {
    CAPTURE(which);
    Store store;
    Graph graph(store);
    const Value logits = graph.parameter("logits", {4, 3}, nothing), labels = graph.input("labels", Type::i32, {4});
    const Value losses = softmax_xent(logits, labels), loss = mean(losses);
    log_scalar(loss, store.buffer({.name = "log", .shape = {1}}));
    if (which == 0) graph.keep(losses);
    if (which == 1) graph.keep(loss);
    if (which == 2) graph.keep(exp(losses));
    if (which == 3) backward(sum_of(std::vector{loss, loss}));  // its gradient is no constant
    fuse_loss(graph);
    CHECK(count(graph, "mean_softmax_xent") == 0);
    CHECK(count(graph, "softmax_xent") == 1);
    CHECK(count(graph, "log_scalar") == 1);
  }
}

TEST_CASE("fuse_loss takes an evaluation's three logs into one node") {
  Store store;
  Graph graph(store);
  const Value logits = graph.parameter("logits", {4, 3}, nothing), labels = graph.input("labels", Type::i32, {4});
  const auto log = [&](const char* name) { return store.buffer({.name = name, .shape = {1}}); };
  const Value right = correct(logits, labels), loss = mean(softmax_xent(logits, labels));
  log_scalar(loss, log("losses"));
  log_scalar(add(loss, l2_penalty(std::vector{logits}, 0.1)), log("objectives"));
  log_scalar(mean(right), log("accuracies"));
  fuse_loss(graph);
  drop_unread(graph);
  CHECK(graph.nodes().size() == 2);
  CHECK(count(graph, "l2_penalty") == 1);
  CHECK(graph.nodes()[1].op->name == "mean_softmax_xent");
  CHECK(graph.nodes()[1].in.size() == 6);
}

TEST_CASE("fuse_pools: not where the convolution's output is read by others, or winners are no bytes") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {2, 20, 20, 2}), b = graph.input("b", Type::f32, {2});
  const Value w = graph.input("w", Type::f32, {1, 1, 2, 2});
  const auto conv = [&] { return conv2d(x, w, b, {}); };
  const Value seen = conv();
  graph.keep(max_pool(seen, {.kernel = 2, .stride = 2}));
  graph.keep(seen);
  graph.keep(max_pool(conv(), {.kernel = 17, .stride = 1}));
  fuse_pools(graph);
  CHECK(count(graph, "conv2d_max_pool") == 0);
  graph.keep(max_pool(conv(), {.kernel = 2, .stride = 2}));
  fuse_pools(graph);
  CHECK(count(graph, "conv2d_max_pool") == 1);
  CHECK(count(graph, "conv2d") == 2);
}

TEST_CASE("share_library_filters: not for filters that change before they are used last, or are computed") {
  Store store;
  Graph graph(store);
  const int buffer = store.buffer({.name = "changing", .shape = {4}});
  const Value x = graph.input("x", Type::f32, {2, 4, 4, 2}), b = graph.input("b", Type::f32, {2});
  const Value changing = reshape(graph.buffer(buffer), {1, 1, 2, 2});
  graph.keep(conv2d(x, changing, b, {}));
  log_scalar(sum(x), buffer);
  graph.keep(conv2d(x, changing, b, {}));
  graph.keep(conv2d(x, exp(graph.input("w", Type::f32, {1, 1, 2, 2})), b, {}));
  share_library_filters(graph);
  CHECK(count(graph, "filters_in_library_order") == 0);
  graph.keep(conv2d(x, graph.input("fixed", Type::f32, {1, 1, 2, 2}), b, {}));
  share_library_filters(graph);
  CHECK(count(graph, "filters_in_library_order") == 1);
}

TEST_CASE("passes: gradients that the host reads stay where it looks for them") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {4, 9, 9, 2}), labels = graph.input("labels", Type::i32, {4});
  const Value w = graph.parameter("w", {3, 3, 2, 5}, nothing), b = graph.parameter("b", {5}, nothing);
  const Value v = graph.parameter("v", {245, 6}, nothing), c = graph.parameter("c", {6}, nothing);
  const Value u = graph.parameter("u", {6, 3}, nothing), d = graph.parameter("d", {3}, nothing);
  const Value hidden = flatten(conv2d(x, w, b, {.relu = true}));
  const Value logits = linear(relu(linear(hidden, v, c)), u, d);
  const Value loss = mean(softmax_xent(logits, labels));
  log_scalar(loss, store.buffer({.name = "log", .shape = {1}}));
  const auto made = gradients(loss, std::vector<Value>{w, b, v, c, u, d, logits, hidden, x});
  for (const Value value : made) graph.keep(value);
  record_for_gpu(graph, Precision::fp32);
  const Plan plan = make_plan(graph);
  for (const Value value : made) {
    INFO(value.described());
    CHECK(plan.locations[static_cast<std::size_t>(value.id())].buffer != Plan::Location::nowhere);
  }
}

TEST_CASE("align_operands: products get whole cache lines, other ops take slices as they lie") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {64, 3}), w = graph.input("w", Type::f32, {3, 8});
  const Value all = exp(x);
  const Value y = linear(slice(all, 0, 32, 32), w, {});    // 96 elements from the beginning: whole lines, of bf16 too
  const Value z = linear(slice(all, 0, 1, 32), w, {});     // 3 elements
  const Value first = linear(slice(x, 0, 16, 16), w, {});  // 48 elements of a buffer, which is never bf16
  const Value tail = exp(slice(all, 0, 1, 32));
  for (const Value value : {y, z, first, tail}) graph.keep(value);
  align_operands(graph);
  CHECK(count(graph, "copy") == 1);
  const auto& product = graph.nodes()[static_cast<std::size_t>(graph.info(z).producer)];
  CHECK(graph.nodes()[static_cast<std::size_t>(graph.info(product.in[0]).producer)].op->name == "copy");
}

TEST_CASE("passes: a slice of a dense layer's output between products is the same on a GPU, in any precision") {
  const Step::Network network = [](Step& step, Value images) {
    const Value all = step.dense(flatten(images), 12, true);
    const Value rows = concatenate(std::vector<Value>{slice(all, 0, 1, 3), slice(all, 0, 0, 1)}, 0);
    const Value halves = concatenate(std::vector<Value>{slice(rows, 1, 6, 6), slice(rows, 1, 0, 6)}, 1);
    const Value last = step.dense(slice(all, 0, 1, 2), 12, true);
    return step.dense(add(halves, concatenate(std::vector<Value>{last, last}, 0)), 3, false);
  };
  const Step on_cpu(network, 0);
  const auto device = cpu_device({.threads = 1});
  const auto expected = on_cpu.run(*device);
  for (const auto& gpu : gpus_under_test()) {
    INFO(gpu.name);
    Step on_gpu(network, 0);
    record_for_gpu(on_gpu.graph, Precision::fp32);
    const auto got = on_gpu.run(*gpu.device());
    CHECK(got.logged == doctest::Approx(static_cast<double>(expected.logged)).epsilon(1e-5));
    for (std::size_t p = 0; p < expected.gradients.size(); ++p)
      for (std::size_t i = 0; i < expected.gradients[p].size(); ++i)
        CHECK(std::abs(got.gradients[p][i] - expected.gradients[p][i]) <= 1e-5f);
  }
}

TEST_CASE("graph: nodes in another order must compute what they read, and nothing twice") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {3}), y = exp(x), z = exp(y);
  graph.keep(z);
  const auto nodes = graph.nodes();
  check_error([&] { GraphEditor(graph).set_nodes({nodes[1], nodes[0]}); }, Fault::internal, "is not computed yet");
  check_error([&] { GraphEditor(graph).set_nodes({nodes[0], nodes[0]}); }, Fault::internal, "computed twice");
  GraphEditor(graph).set_nodes({nodes[0], nodes[1]});
  CHECK(graph.info(z).producer == 1);
}

}  // namespace
}  // namespace deepobs
