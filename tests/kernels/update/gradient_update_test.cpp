#include "kernels/update/gradient_update.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "engine/memory/plan.h"
#include "engine/memory/storage.h"
#include "engine/run/device.h"
#include "engine/run/program.h"
#include "kernels/backward.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/reduce/l2_penalty.h"
#include "kernels/ops/reduce/reduce.h"
#include "tests/golden/hash_values.h"

namespace deepobs {
namespace {

constexpr std::int64_t features = 261, units = 289, classes = 3;

Initializer hashed(std::uint64_t stream) {
  return [=](std::span<float> values, std::uint64_t, std::uint64_t) {
    std::ranges::copy(hash_scaled(stream, values.size(), 0.1f), values.begin());
  };
}

enum class Extra { none, l2, shared };

/// A step of two dense layers, the first of them large enough that its gradient may be consumed.
struct Step {
  Step(const Optimizer& optimizer, GradientUse use, std::int64_t batch, Extra extra = Extra::none) {
    const Value x = graph.input("x", Type::f32, {batch, features});
    const Value w = graph.parameter("w", {features, units}, hashed(1));
    const Value b = graph.parameter("b", {units}, hashed(2));
    const Value y = linear(x, w, b, {.relu = true});
    const Value z =
        linear(y, graph.parameter("v", {units, classes}, hashed(3)), graph.parameter("c", {classes}, hashed(4)));
    Value loss = mean(multiply(z, z));
    if (extra == Extra::l2) loss = add(loss, l2_penalty(std::vector{w}, 0.1));
    if (extra == Extra::shared) loss = add(loss, mean(linear(x, w, b)));
    backward(loss);
    record_update(graph, optimizer, resolve(optimizer), use);
    plan = make_plan(graph, {.guard_bytes = 64});
  }

  std::int64_t count(std::string_view op) const {
    return std::ranges::count_if(graph.nodes(), [&](const Node& node) { return node.op->name == op; });
  }

  Store store;
  Graph graph{store};
  Plan plan;
};

/// Everything that a few steps leave in the store, gradients left out, bit for bit.
std::vector<std::uint32_t> after_steps(const Step& step, const CpuOptions& options, float bad = 0) {
  const auto device = cpu_device(options);
  Storage storage(*device, step.store);
  storage.initialize(1);
  const int x = step.store.find("x");
  auto values = hash_scaled(9, static_cast<std::size_t>(step.store.buffer(x).shape.elements()), 1);
  if (bad != 0) values[5] = bad;
  storage.write(x, std::span<const float>(values));
  Program program(step.graph, step.plan, storage);
  program.poison(0xFF);
  for (std::int64_t t = 0; t < 3; ++t) program.run({.seed = 1, .step = t, .learning_rate = 0.01});
  CHECK(program.guards_intact());
  std::vector<std::uint32_t> bits;
  for (std::size_t i = 0; i < step.store.buffers().size(); ++i) {
    const auto& buffer = step.store.buffers()[i];
    if (i == Store::gradients_id || buffer.type != Type::f32) continue;
    std::vector<float> content(static_cast<std::size_t>(buffer.shape.elements()));
    storage.read(static_cast<int>(i), std::span(content));
    for (const float number : content) bits.push_back(std::bit_cast<std::uint32_t>(number));
  }
  return bits;
}

/// Whether its step is the rule of one flat_update(): others keep their gradients.
bool is_one_rule(const Optimizer& optimizer) { return optimizer.configure(resolve(optimizer)).record == nullptr; }

TEST_CASE("gradient update: every optimizer, every instruction set, any number of threads: the bits of two passes") {
  for (const Optimizer& optimizer : optimizers()) {
    if (!is_one_rule(optimizer)) continue;
    const bool has_range = optimizer.configure(resolve(optimizer)).rules[0].range != nullptr;
    // A product of one chunk of terms, and one of several.
    for (const std::int64_t batch : {std::int64_t{5}, std::int64_t{300}}) {
      const Step kept(optimizer, GradientUse::keep, batch), consumed(optimizer, GradientUse::consume, batch);
      CAPTURE(text(optimizer.name, ", batch ", batch));
      CHECK(kept.count("linear_weight_update") == 0);
      CHECK(consumed.count("linear_weight_update") == (has_range ? 1 : 0));
      CHECK(consumed.count("linear_weight_gradient") == (has_range ? 1 : 2));
      for (int isa = 0; isa <= static_cast<int>(best_isa()); ++isa) {
        const auto expected = after_steps(kept, {.threads = 1, .isa = static_cast<Isa>(isa)});
        for (const int threads : {1, 3})
          CHECK(after_steps(consumed, {.threads = threads, .isa = static_cast<Isa>(isa)}) == expected);
      }
    }
  }
}

TEST_CASE("gradient update: most optimizers have a rule for a range") {
  std::int64_t ranges = 0;
  for (const Optimizer& optimizer : optimizers())
    ranges += is_one_rule(optimizer) && optimizer.configure(resolve(optimizer)).rules[0].range != nullptr;
  CHECK(ranges >= 9);
}

TEST_CASE("gradient update: a NaN in the data goes where it goes in two passes") {
  const auto& adam = find_optimizer("Adam");
  const Step kept(adam, GradientUse::keep, 5), consumed(adam, GradientUse::consume, 5);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto expected = after_steps(kept, {.threads = 1}, nan);
  CHECK(std::ranges::any_of(expected, [](std::uint32_t bits) { return std::isnan(std::bit_cast<float>(bits)); }));
  CHECK(after_steps(consumed, {.threads = 2}, nan) == expected);
}

TEST_CASE("gradient update: a gradient that is a sum, or small, goes through memory") {
  const auto& sgd = find_optimizer("SGD");
  for (const Extra extra : {Extra::l2, Extra::shared}) {
    const Step consumed(sgd, GradientUse::consume, 8, extra), kept(sgd, GradientUse::keep, 8, extra);
    CHECK(consumed.count("linear_weight_update") == 0);
    CHECK(after_steps(consumed, {.threads = 2}) == after_steps(kept, {.threads = 2}));
  }
}

TEST_CASE("gradient update: the host reads gradients that are kept, and none of a consumed one") {
  const auto& sgd = find_optimizer("SGD");
  for (const GradientUse use : {GradientUse::keep, GradientUse::consume}) {
    const Step step(sgd, use, 4);
    const auto device = cpu_device({.threads = 1});
    Storage storage(*device, step.store);
    storage.initialize(1);
    storage.write(step.store.find("x"), std::span<const float>(std::vector<float>(4 * features, 1.f)));
    Program program(step.graph, step.plan, storage);
    program.run({.learning_rate = 0.01});
    const auto nonzero = [&](std::size_t parameter) {
      return std::ranges::any_of(storage.gradient(step.store.parameters()[parameter]), [](float g) { return g != 0; });
    };
    CHECK(nonzero(0) == (use == GradientUse::keep));
    CHECK(nonzero(2));
  }
}

}  // namespace
}  // namespace deepobs
