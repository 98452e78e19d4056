#include "runner/bench/machine/gpu_peak.h"

#include <algorithm>

#include "engine/run/program.h"
#include "engine/tensor/precision.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/passes/mixed_precision.h"
#include "runner/training/stopwatch.h"

namespace deepobs {
namespace {

struct Measured {
  double seconds, flops_per_second;
};

/// [size, size] times [size, size].
Measured measured_product(Device& device, std::int64_t size) {
  Store store;
  Graph graph(store);
  const Shape square{size, size};
  const Value y = linear(graph.input("x", Type::f32, square), graph.input("w", Type::f32, square),
                         graph.input("b", Type::f32, {size}));
  graph.keep(y);
  if (device.info().precision == name_of(Precision::bf16)) record_mixed_precision(graph);
  const Plan plan = make_plan(graph);
  Storage storage(device, store);
  std::vector<float> numbers(static_cast<std::size_t>(square.elements()));
  for (std::size_t i = 0; i < numbers.size(); ++i)  // no zeros: products of them need less power
    numbers[i] = static_cast<float>(i % 1021) / 1021.f - 0.5f;
  for (const char* name : {"x", "w"}) storage.write(store.find(name), std::span<const float>(numbers));
  Program program(graph, plan, storage);
  program.run({});
  device.wait();
  constexpr int products = 10;
  const Stopwatch watch;
  for (int i = 0; i < products; ++i) program.run({});
  device.wait();
  const double seconds = watch.seconds() / products;
  return {seconds, 2. * static_cast<double>(size * size * size) / seconds};
}

}  // namespace

double gpu_peak_flops(Device& device) {
  constexpr double long_enough = 3e-3;
  constexpr std::int64_t largest = 8192;
  double best = 0;
  for (std::int64_t size = 256; size <= largest; size *= 2) {
    const auto [seconds, flops] = measured_product(device, size);
    best = std::max(best, flops);
    if (seconds > long_enough) break;
  }
  return best;
}

}  // namespace deepobs
