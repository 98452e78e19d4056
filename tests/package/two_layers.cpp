// Two rings of points, told apart by a network of two layers.

#include <deepobs/engine.h>

#include <cmath>
#include <cstdio>

using namespace deepobs;

int main() {
  Network network({.inputs = {{"x", {2}}, {"label", {}, Type::i32}},
                   .record = [](Layers& layers, const Batch& in) -> NetworkValues {
                     const Value hidden = relu(layers.dense("hidden", in["x"], {.units = 32}));
                     const Value logits = layers.dense("logits", hidden, {.units = 2});
                     return {.loss = mean(softmax_xent(logits, in["label"])), .outputs = {{"logits", logits}}};
                   },
                   .batch_size = 256,
                   .optimizer = find_optimizer("Adam")});

  std::vector<float> x;
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 256; ++i) {
    const double angle = 0.1 * i, radius = i % 2 == 0 ? 0.5 : 1.0;
    for (const double at : {std::cos(angle), std::sin(angle)}) x.push_back(static_cast<float>(radius * at));
    labels.push_back(i % 2);
  }
  for (int step = 0; step < 500; ++step) network.train({{"x", x}, {"label", labels}}, 0.01);
  const std::vector<float> slopes = network.gradient("hidden.weight");  // [32, 2], as PyTorch has it
  network.save("rings.safetensors");

  const std::vector<float> logits = network.infer({{"x", std::vector{0.3f, -0.4f, 0.6f, 0.8f}}});  // another batch size
  std::printf("loss %g, slope %g, inner point %g, outer point %g\n", network.loss(), slopes[0], logits[1] - logits[0],
              logits[3] - logits[2]);
  network.load("rings.safetensors");
  return logits[1] < logits[0] && logits[3] > logits[2] ? 0 : 1;
}
