#include "tests/engine/run/small_mlp.h"

#include <bit>

#include "engine/tensor/normal.h"
#include "engine/tensor/random.h"
#include "kernels/backward.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/update/optimizer.h"

namespace deepobs {
namespace {

constexpr std::int64_t batch = 128, features = 96, hidden = 128, classes = 10;

void normal_values(std::span<float> values, std::uint64_t seed, std::uint64_t stream) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto word = random_words(seed, Stream::initial, 0, stream, static_cast<std::uint32_t>(i))[0];
    values[i] = static_cast<float>(0.1 * normal_quantile((word + 0.5) * 0x1p-32));
  }
}

}  // namespace

SmallMlp::SmallMlp() {
  const auto parameter = [&](const char* name, const Shape& shape) {
    return graph.parameter(name, shape, normal_values);
  };
  // The images are a parameter too: then both kinds of a product's gradient are there.
  const Value x = parameter("x", {batch, features});
  const Value y = linear(x, parameter("w1", {features, hidden}), parameter("b1", {hidden}), {.relu = true});
  const Value z = linear(y, parameter("w2", {hidden, classes}), parameter("b2", {classes}));
  loss = mean(multiply(z, z));
  graph.keep(loss);
  backward(loss);
  const auto& sgd = find_optimizer("SGD");
  record_update(graph, sgd, resolve(sgd, std::vector{parse_hyperparameter(sgd, "momentum", "0.9")}));
  plan = make_plan(graph);
}

SmallMlpRun::SmallMlpRun(const SmallMlp& mlp, const CpuOptions& options, std::uint64_t seed)
    : mlp_(&mlp),
      seed_(seed),
      device_(cpu_device(options)),
      storage_(*device_, mlp.store),
      program_(mlp.graph, mlp.plan, storage_) {
  storage_.initialize(seed);
}

void SmallMlpRun::train(std::int64_t from, std::int64_t count) {
  for (std::int64_t at = from; at < from + count; ++at) step(at);
}

std::vector<std::uint32_t> SmallMlpRun::bits() const {
  std::vector<float> numbers(1);
  program_.read<float>(mlp_->loss, numbers);
  for (const auto& parameter : mlp_->store.parameters())
    for (const float number : storage_.parameter(parameter)) numbers.push_back(number);
  std::vector<std::uint32_t> bits;
  for (const float number : numbers) bits.push_back(std::bit_cast<std::uint32_t>(number));
  return bits;
}

std::vector<std::uint32_t> trained_bits(const SmallMlp& mlp, const CpuOptions& options, std::uint64_t seed,
                                        std::int64_t steps) {
  SmallMlpRun run(mlp, options, seed);
  run.train(0, steps);
  return run.bits();
}

}  // namespace deepobs
