#include "engine/graph/cost.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "kernels/ops/activation/relu.h"
#include "kernels/ops/reduce/reduce.h"
#include "problems/data/dataset_info.h"
#include "runner/training/training_graphs.h"
#include "tests/runner/training/plant.h"

namespace deepobs {
namespace {

constexpr std::int64_t batch = 4;

/// The graphs of a problem, over a data set that nobody looks into.
struct Recorded {
  explicit Recorded(const std::string& problem, const std::string& optimizer = "SGD", std::int64_t examples = batch)
      : graphs(resolve({.testproblem = problem,
                        .batch_size = examples,
                        .num_epochs = 1,
                        .learning_rate = 0.1,
                        .no_logs = true},
                       find_optimizer(optimizer)),
               nothing(find_problem(problem).dataset)) {}

  static Dataset nothing(const std::string& name) {
    Dataset data;
    data.name = name;
    data.columns = find_data_set(name).columns;
    data.train.count = data.test.count = 10 * batch;  // enough for 16 examples, too
    return data;
  }

  Cost cost(const std::string& op, const std::string& label) const {
    const auto& nodes = graphs.train.graph.nodes();
    const auto found =
        std::ranges::find_if(nodes, [&](const Node& node) { return node.op->name == op && node.label == label; });
    REQUIRE(found != nodes.end());
    return cost_of(*found);
  }

  TrainingGraphs graphs;
};

TEST_CASE("cost: operations of a training step, counted by hand") {
  // Multiply-adds of the forward pass for one example, and of the first layer, which needs no data gradient. All layers
  // go forward, through the weight gradient, and through the data gradient.
  struct ByHand {
    std::string problem;
    std::int64_t forward, first;
  };
  const std::int64_t conv_2c2d = 28 * 28 * (5 * 5 * 1) * 32, conv_3c3d = 28 * 28 * (5 * 5 * 3) * 64;
  const std::int64_t behind_3c3d = 12 * 12 * (3 * 3 * 64) * 96 + 6 * 6 * (3 * 3 * 96) * 128 + 1152 * 512 + 512 * 256;
  for (const auto& [problem, forward, first] : std::vector<ByHand>{
           {"mnist_logreg", 784 * 10, 784 * 10},
           {"mnist_mlp", 784 * 1000 + 1000 * 500 + 500 * 100 + 100 * 10, 784 * 1000},
           {"fmnist_2c2d", conv_2c2d + 14 * 14 * (5 * 5 * 32) * 64 + 3136 * 1024 + 1024 * 10, conv_2c2d},
           {"cifar10_3c3d", conv_3c3d + behind_3c3d + 256 * 10, conv_3c3d},
           {"cifar100_3c3d", conv_3c3d + behind_3c3d + 256 * 100, conv_3c3d}}) {
    INFO(problem);
    for (const std::int64_t examples : {batch, 4 * batch}) {  // convolutions and pools one by one, and in one pass
      const Recorded recorded(problem, "SGD", examples);
      CHECK(flops_of(recorded.graphs.train.graph) == 2 * examples * (3 * forward - first));
      CHECK(flops_of(recorded.graphs.test.graph) == 2 * examples * forward);
    }
  }
}

TEST_CASE("cost: each direction of a product has the operations of its definition") {
  const Recorded recorded("cifar10_3c3d");
  const std::int64_t conv2 = 2 * batch * 12 * 12 * (3 * 3 * 64) * 96, fc2 = 2 * batch * 512 * 256;
  for (const std::string direction : {"", "_data_gradient", "_weight_gradient"}) {
    CHECK(recorded.cost("conv2d" + direction, "conv2").flops == conv2);
    CHECK(recorded.cost("linear" + direction, "fc2").flops == fc2);
  }
  CHECK(recorded.cost("max_pool", "conv1").flops == 0);
}

TEST_CASE("cost: a convolution with its pool in one pass costs what the convolution does, and writes less") {
  constexpr std::int64_t examples = 16;
  const Recorded recorded("cifar10_3c3d", "SGD", examples);
  const std::int64_t flops = 2 * examples * 28 * 28 * (5 * 5 * 3) * 64, pooled = examples * 14 * 14 * 64;
  const std::int64_t images = examples * 32 * 32 * 3, weights = 5 * 5 * 3 * 64, bias = 64;
  const Cost forward = recorded.cost("conv2d_max_pool", "conv1");
  CHECK(forward.flops == flops);
  CHECK(forward.bytes_read == 4 * (images + weights + bias));
  CHECK(forward.bytes_written == 4 * pooled + pooled);  // and the winners, a byte each
  const Cost gradient = recorded.cost("conv2d_max_pool_weight_gradient", "conv1");
  CHECK(gradient.flops == flops);
  CHECK(gradient.bytes_read == 4 * (images + pooled) + pooled);
  CHECK(gradient.bytes_written == 4 * (weights + bias));
}

TEST_CASE("cost: bytes are those of operands and results, without scratch memory") {
  const Recorded recorded("mnist_mlp");
  const Cost fc1 = recorded.cost("linear", "fc1");
  CHECK(fc1.bytes_read == 4 * (batch * 784 + 784 * 1000 + 1000));
  CHECK(fc1.bytes_written == 4 * batch * 1000);
  CHECK(fc1.footprint == fc1.bytes_read + fc1.bytes_written);
}

TEST_CASE("cost: an op that says nothing costs its bytes, and the cost says so") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {3, 5});
  relu(x);
  sum(x);
  const Cost cost = cost_of(graph.nodes()[0]), with_scratch = cost_of(graph.nodes()[1]);
  CHECK_FALSE(cost.declared);
  CHECK(cost.flops == 0);
  CHECK(cost.bytes_read == 60);
  CHECK(cost.bytes_written == 60);
  CHECK(with_scratch.bytes_written == 4);
  CHECK(Recorded("mnist_mlp").cost("linear", "fc1").declared);
}

TEST_CASE("cost: a gather reads its rows, out of the whole data set") {
  const Cost cost = Recorded("mnist_mlp").cost("gather_images", "batch");
  CHECK(cost.bytes_read == batch * 784 + 4 * batch);
  CHECK(cost.bytes_written == 4 * batch * 784);
  CHECK(cost.footprint == 10 * batch * 784 + 4 * 10 * batch + 4 * batch * 784);
}

TEST_CASE("cost: an update reads everything, and writes all but the gradient where it lies") {
  const Recorded recorded("mnist_logreg", "Adam");
  const std::int64_t flat = recorded.graphs.store.parameter_count() * 4;
  const Cost cost = recorded.cost("update", "");
  CHECK(cost.bytes_read == 4 * flat);
  CHECK(cost.bytes_written == 0);
  CHECK(cost.bytes_written_in_place == 3 * flat);
  CHECK(cost.footprint == 4 * flat);
}

TEST_CASE("cost: an effect that is no update of the library's costs what it may change") {
  Store store;
  Graph graph(store);
  graph.parameter("w", {100}, {});
  const Optimizer own = planting_sgd(0, 0);
  record_update(graph, own, resolve(own));
  const Cost cost = cost_of(graph.nodes().back());
  const std::int64_t flat = store.flat_floats() * 4;
  CHECK(cost.bytes_read == 2 * flat);
  CHECK(cost.bytes_written_in_place == flat);
  CHECK(cost.footprint == 2 * flat);
}

TEST_CASE("cost: weights that are updated where their gradient is made are no part of the update") {
  const Recorded recorded("mnist_mlp", "Adam");
  const std::int64_t flat = recorded.graphs.store.parameter_count() * 4, fc1 = 784 * 1000 * 4, fc2 = 1000 * 500 * 4;
  const Cost layer = recorded.cost("linear_weight_update", "fc1");
  CHECK(layer.flops == 2 * batch * 784 * 1000);
  CHECK(layer.bytes_read == 4 * batch * (784 + 1000) + 3 * fc1);
  CHECK(layer.bytes_written_in_place == 3 * fc1);
  const Cost rest = recorded.cost("update", "");
  CHECK(rest.bytes_read == 4 * (flat - fc1 - fc2));
  CHECK(rest.bytes_written_in_place == 3 * (flat - fc1 - fc2));
}

}  // namespace
}  // namespace deepobs
