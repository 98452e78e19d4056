// Records and trains a network of its own with deepobs::engine alone: two rings of points told apart by one hidden
// layer.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <span>
#include <vector>

#include "engine/run/program.h"
#include "engine/tensor/random.h"
#include "kernels/backward.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/loss/softmax_xent.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/update/optimizer.h"

using namespace deepobs;

namespace {

constexpr std::int64_t points = 256, hidden = 32;

float uniform(std::uint64_t stream, std::uint32_t element) {
  return static_cast<float>((random_words(7, Stream::initial, 0, stream, element)[0] + 0.5) * 0x1p-32);
}

Initializer spread(float width) {
  return [width](std::span<float> values, std::uint64_t, std::uint64_t stream) {
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = width * (2 * uniform(stream, static_cast<std::uint32_t>(i)) - 1);
  };
}

struct Network {
  Store store;
  Graph graph{store};
  Value x, labels, logits, loss;
  Plan plan;

  Network() {
    x = graph.input("x", Type::f32, {points, 2});
    labels = graph.input("labels", Type::i32, {points});
    // Each in a statement of its own: among arguments the order, which files keep, would be the compiler's.
    const Value w1 = graph.parameter("w1", {2, hidden}, spread(1));
    const Value b1 = graph.parameter("b1", {hidden}, spread(1));
    const Value w2 = graph.parameter("w2", {hidden, 2}, spread(0.2f));
    const Value b2 = graph.parameter("b2", {2}, spread(0));
    logits = linear(linear(x, w1, b1, {.relu = true}), w2, b2);
    loss = mean(softmax_xent(logits, labels));
    graph.keep(logits);
    graph.keep(loss);
    backward(loss);
    const Optimizer& adam = find_optimizer("Adam");
    record_update(graph, adam, resolve(adam));
    plan = make_plan(graph);
  }
};

}  // namespace

int main() {
  Network network;
  const auto device = cpu_device({.threads = 2});
  Storage storage(*device, network.store);
  storage.initialize(1);

  std::vector<float> x;
  std::vector<std::int32_t> labels;
  for (std::uint32_t i = 0; i < points; ++i) {
    const float angle = 6.2831853f * uniform(100, i), radius = (i % 2 == 0 ? 0.5f : 1.f) + 0.2f * uniform(101, i);
    x.push_back(radius * std::cos(angle));
    x.push_back(radius * std::sin(angle));
    labels.push_back(static_cast<std::int32_t>(i % 2));
  }
  storage.write(network.store.find("x"), std::span<const float>(x));
  storage.write(network.store.find("labels"), std::span<const std::int32_t>(labels));

  Program program(network.graph, network.plan, storage);
  std::vector<float> first(1), last(1), logits(2 * points);
  for (std::int64_t step = 0; step < 1000; ++step) {
    program.run({.seed = 1, .step = step, .learning_rate = 0.01});
    program.read(network.loss, std::span(step == 0 ? first : last));
  }
  program.read(network.logits, std::span(logits));
  int right = 0;
  for (std::size_t i = 0; i < points; ++i) right += (logits[2 * i + 1] > logits[2 * i]) == (labels[i] == 1);
  std::printf("loss %g -> %g, %d of %d points right\n", first[0], last[0], right, static_cast<int>(points));
  // The rings lie 0.3 apart: a network that trains tells all of them apart.
  return last[0] < first[0] / 4 && right >= points * 98 / 100 ? 0 : 1;
}
