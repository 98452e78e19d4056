#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "kernels/backward.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/logs/log_scalar.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/ops/shape/slice.h"
#include "kernels/passes/for_gpu.h"
#include "kernels/update/optimizer.h"
#include "tests/golden/hash_values.h"
#include "tests/gpus_under_test.h"
#include "tests/kernels/harness/run_op.h"

// A gradient's place in the flat buffer as an operand (Graph::region): what reads it comes behind the nodes that write
// it, on devices too that run what does not depend on each other at the same time.

namespace deepobs {
namespace {

constexpr std::int64_t features = 300, units = 256;  // a gradient that an update takes where it is made, if it may

/// A step of a dense layer, with a log of the squared norm of each gradient.
struct Step {
  Step(bool with_norms, GradientUse use) {
    const Value x = graph.input("x", Type::f32, {4, features});
    const Value w = graph.parameter("w", {features, units}, {}), b = graph.parameter("b", {units}, {});
    const Value y = linear(x, w, b);
    backward(sum(multiply(y, y)));
    for (const auto& parameter : store.parameters()) {
      const int log = store.buffer({.name = "norm of " + parameter.name, .shape = {1}});
      if (!with_norms) continue;
      const Value gradient = graph.region(Store::gradients_id, parameter.offset, parameter.shape);
      log_scalar(sum(multiply(gradient, gradient)), log);
    }
    const Optimizer& sgd = find_optimizer("SGD");
    record_update(graph, sgd, resolve(sgd), use);
  }

  std::int64_t count(std::string_view op) const {
    return std::ranges::count_if(graph.nodes(), [&](const Node& node) { return node.op->name == op; });
  }

  /// The norms, and what the gradients in the buffer say that they are.
  struct Norms {
    std::vector<double> logged, computed;
  };
  Norms run(Device& device) const {
    const Plan plan = make_plan(graph);
    Storage storage(device, store);
    std::uint64_t stream = 0;
    for (const auto& parameter : store.parameters())
      storage.set_parameter(parameter, hash_scaled(++stream, static_cast<std::size_t>(parameter.shape.elements())));
    storage.write(store.find("x"), std::span<const float>(hash_scaled(9, 4 * features)));
    Program program(graph, plan, storage);
    for (int step = 0; step < 2; ++step) program.run({.step = step, .learning_rate = 1e-3});
    Norms norms;
    for (const auto& parameter : store.parameters()) {
      std::vector<float> logged(1);
      storage.read<float>(store.find("norm of " + parameter.name), logged);
      norms.logged.push_back(static_cast<double>(logged[0]));
      double all = 0;
      for (const float g : storage.gradient(parameter)) all += static_cast<double>(g * g);
      norms.computed.push_back(all);
    }
    return norms;
  }

  Store store;
  Graph graph{store};
};

void check_norms(const Step::Norms& norms) {
  for (std::size_t i = 0; i < norms.logged.size(); ++i) {
    CHECK(norms.computed[i] > 0);
    CHECK(norms.logged[i] == doctest::Approx(norms.computed[i]).epsilon(1e-6));
  }
}

}  // namespace

TEST_CASE("regions: a gradient is read where it lies, behind the node that makes it") {
  Step step(true, GradientUse::keep);
  check_norms(step.run(*cpu_device({.threads = 2})));
}

TEST_CASE("regions: on a GPU too, whatever runs beside it") {
  for (const auto& gpu : gpus_under_test()) {
    INFO(gpu.name);
    Step step(true, GradientUse::keep);
    record_for_gpu(step.graph, Precision::fp32);
    check_norms(step.run(*gpu.device()));
  }
}

TEST_CASE("regions: a gradient that is read is made, also where an update could do without it") {
  CHECK(Step(false, GradientUse::consume).count("linear_weight_gradient") == 0);
  Step step(true, GradientUse::consume);
  CHECK(step.count("linear_weight_gradient") == 1);
  check_norms(step.run(*cpu_device({.threads = 2})));
}

TEST_CASE("regions: a slice of a buffer's part is changed where it lies") {
  RunOp op;
  const int state = op.store.buffer({.name = "state", .shape = {48}, .fill = 1});
  const Value x = op.graph.input("x", Type::f32, {2, 3});
  const Value matrix = op.graph.region(state, 16, {4, 3});
  const Value doubled = add(scale(slice(matrix, 0, 1, 2), 2.), x);
  op.graph.keep(doubled);
  op.start();
  CHECK(op.program != nullptr);
  std::vector<float> values(48);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  op.write("state", values);
  op.write<float>("x", {1, 1, 1, 1, 1, 1});
  CHECK(op.run<float>(doubled) == std::vector<float>{39, 41, 43, 45, 47, 49});  // 2 * (19 ...) + 1
}

}  // namespace deepobs
