// What deepobs::Network does, step by step: a store, a graph, its plan, the memory of a run, the program. Two rings of
// points, told apart by a network of two layers.

#include <deepobs/engine.h>

#include <cmath>
#include <cstdio>

using namespace deepobs;

namespace {

constexpr std::int64_t points = 256, hidden = 32;

struct Recorded {
  Store store;
  Graph graph{store};
  Value x, labels, logits, loss;
  Plan plan;

  Recorded() {
    x = graph.input("x", Type::f32, {points, 2});
    labels = graph.input("labels", Type::i32, {points});
    // Each in a statement of its own: among arguments the order, which files keep, would be the compiler's.
    const Value w1 = graph.parameter("w1", {2, hidden}, init::glorot_uniform(2, hidden));
    const Value b1 = graph.parameter("b1", {hidden}, init::constant(0));
    const Value w2 = graph.parameter("w2", {hidden, 2}, init::glorot_uniform(hidden, 2));
    const Value b2 = graph.parameter("b2", {2}, init::constant(0));
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
  const Recorded network;
  const auto device = cpu_device({.threads = 2});
  Storage storage(*device, network.store);
  storage.initialize(1);

  std::vector<float> x;
  std::vector<std::int32_t> labels;
  for (std::int32_t i = 0; i < points; ++i) {
    const float angle = 0.1f * static_cast<float>(i), radius = i % 2 == 0 ? 0.5f : 1.f;
    x.insert(x.end(), {radius * std::cos(angle), radius * std::sin(angle)});
    labels.push_back(i % 2);
  }
  storage.write<float>(network.store.find("x"), x);
  storage.write<std::int32_t>(network.store.find("labels"), labels);

  Program program(network.graph, network.plan, storage);
  std::vector<float> first(1), last(1), logits(2 * points);
  for (std::int64_t step = 0; step < 500; ++step) {
    program.run({.seed = 1, .step = step, .learning_rate = 0.01});
    program.read<float>(network.loss, step == 0 ? first : last);
  }
  program.read<float>(network.logits, logits);
  int right = 0;
  for (std::size_t i = 0; i < points; ++i) right += (logits[2 * i + 1] > logits[2 * i]) == (labels[i] == 1);
  std::printf("loss %a -> %a, %d of %d points right\n", static_cast<double>(first[0]), static_cast<double>(last[0]),
              right, static_cast<int>(points));
  return last[0] < first[0] / 4 && right == points ? 0 : 1;
}
