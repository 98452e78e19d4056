// Trains a network with an op of the program's own, on the CPU or, as `own_op cuda`, on a GPU.

#include <cstdio>
#include <string_view>

#include "squareplus.h"

using namespace deepobs;

int main(int count, char** arguments) {
  const bool on_gpu = count > 1 && arguments[1] == std::string_view("cuda");
  Network network({.inputs = {{"x"}, {"y"}},
                   .record = [](Layers& layers, const Batch& in) -> NetworkValues {
                     const Value x = reshape(in["x"], {in["x"].dim(0), 1});
                     const Value bends = mine::squareplus(layers.dense("bends", x, {.units = 16}));
                     const Value y = reshape(layers.dense("y", bends, {.units = 1}), in["y"].shape());
                     return {.loss = mean(mse(y, in["y"])), .outputs = {{"y", y}}};
                   },
                   .batch_size = 64,
                   .optimizer = find_optimizer("Adam")},
                  on_gpu ? cuda_device() : cpu_device({.threads = 2}));
  std::vector<float> x, y;
  for (int i = 0; i < 64; ++i) {
    x.push_back(static_cast<float>(i) / 16.f - 2.f);
    y.push_back(x.back() * x.back());
  }
  network.differentiate({{"x", x}, {"y", y}});
  const float before = network.loss();
  for (int step = 0; step < 1000; ++step) network.train({{"x", x}, {"y", y}}, 0.01);
  std::printf("loss %a -> %a, at 1 it is %g\n", before, network.loss(), network.infer({{"x", std::vector{1.f}}})[0]);
  return network.loss() < before / 50 ? 0 : 1;
}
