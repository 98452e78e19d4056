#include "kernels/ops/norm/batch_norm.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/error_of.h"
#include "tests/gpus_under_test.h"
#include "tests/kernels/harness/op_case.h"
#include "tests/kernels/harness/run_op.h"

namespace deepobs {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

struct Channel {
  double mean = 0., variance = 0.;
};

/// Two passes, as the definition has it; of distances from the first row, so that equal elements have no variance.
std::vector<Channel> statistics_of(const DoubleTensor& x) {
  const auto columns = static_cast<std::size_t>(x.shape[x.shape.rank() - 1]);
  const auto rows = static_cast<double>(x.data.size() / columns);
  std::vector<Channel> channels(columns);
  for (std::size_t i = 0; i < x.data.size(); ++i)
    channels[i % columns].mean += (x.data[i] - x.data[i % columns]) / rows;
  for (std::size_t c = 0; c < columns; ++c) channels[c].mean += x.data[c];
  for (std::size_t i = 0; i < x.data.size(); ++i) {
    const double distance = x.data[i] - channels[i % columns].mean;
    channels[i % columns].variance += distance * distance / rows;
  }
  return channels;
}

/// Those that the mini-batch has, or the operands behind the bias.
std::vector<Channel> statistics_of(DoubleTensors in) {
  if (in.size() == 3) return statistics_of(in[0]);
  std::vector<Channel> channels;
  for (std::size_t c = 0; c < in[3].data.size(); ++c) channels.push_back({in[3].data[c], in[4].data[c]});
  return channels;
}

/// make(c, n) for every element, n = (x - mean) / sqrt(variance + eps).
std::vector<double> of_normalised(DoubleTensors in, double eps,
                                  const std::function<double(std::size_t, double)>& make) {
  const auto channels = statistics_of(in);
  std::vector<double> y;
  for (std::size_t i = 0; i < in[0].data.size(); ++i) {
    const std::size_t c = i % channels.size();
    y.push_back(make(c, (in[0].data[i] - channels[c].mean) / std::sqrt(channels[c].variance + eps)));
  }
  return y;
}

Formula formula_of(const BatchNorm& options) {
  return [=](DoubleTensors in) {
    return of_normalised(in, options.eps, [&](std::size_t c, double n) {
      const double z = in[1].data[c] * n + in[2].data[c];
      return options.relu ? std::max(z, 0.) : z;
    });
  };
}

/// |weight n| + |bias|
std::vector<double> size_of_terms(DoubleTensors in, double eps) {
  return of_normalised(in, eps,
                       [&](std::size_t c, double n) { return std::abs(in[1].data[c] * n) + std::abs(in[2].data[c]); });
}

/// What the terms of a gradient can amount to with weights of the outputs of at most 1. Of x: those of dz, of its mean,
/// and of n times a mean of |n|, which is at most 1 for the batch's own statistics.
std::vector<double> size_of_gradient(DoubleTensors in, int input, double eps) {
  const auto channels = statistics_of(in);
  if (input == 0)
    return of_normalised(in, eps, [&](std::size_t c, double n) {
      return std::abs(in[1].data[c]) / std::sqrt(channels[c].variance + eps) * (2. + std::abs(n));
    });
  std::vector<double> sums(channels.size());
  const auto sizes = of_normalised(in, eps, [&](std::size_t, double n) { return input == 1 ? std::abs(n) : 1.; });
  for (std::size_t i = 0; i < sizes.size(); ++i) sums[i % channels.size()] += sizes[i];
  return sums;
}

OpCase norm_case(const Shape& x, const BatchNorm& options = {}) {
  const Shape row{x[x.rank() - 1]};
  OpCase made{
      .name = options.relu ? "batch_norm with relu" : "batch_norm",
      .inputs = {{x, uniform_values(-2., 3.)}, {row}, {row}},
      .build = [=](Graph&, auto in) { return batch_norm(in[0], in[1], in[2], options).y; },
      .formula = formula_of(options),
      .forward = {.units = 6., .scale = [=](auto in) { return size_of_terms(in, options.eps); }},
      .gradient = {.units = 8., .scale = [=](auto in, int input) { return size_of_gradient(in, input, options.eps); }}};
  if (options.relu) {  // |n| < 2 for uniform numbers, so all outputs are clear of the kink
    made.inputs[1].fill = uniform_values(-0.25, 0.25);
    made.inputs[2].fill = [](std::uint64_t, std::int64_t i) { return i % 3 == 0 ? -1. : 1.; };
  }
  return made;
}

OpCase given_case(const Shape& x, const BatchNorm& options = {}) {
  OpCase made = norm_case(x, options);
  const Shape row = made.inputs[1].shape;
  made.name = options.relu ? "batch_norm_by with relu" : "batch_norm_by";
  made.inputs.push_back({row, uniform_values(-1., 1.), false});
  made.inputs.push_back({row, uniform_values(2., 4.), false});
  made.build = [=](Graph&, auto in) { return batch_norm_by(in[0], in[1], in[2], in[3], in[4], options); };
  return made;
}

const std::vector<Shape> shapes{{2, 1}, {5, 3}, {4, 33}, {3, 2, 2, 17}, {2, 5, 7, 16}, {1, 40, 40, 64}, {700, 300}};

}  // namespace

TEST_CASE("batch_norm normalises by the statistics of the mini-batch") {
  for (const auto& x : shapes) {
    OpCase one = norm_case(x);
    one.in_bf16 = x[0] > 2 || x.rank() > 2;  // of two elements the gradient is next to 0, a difference of equal numbers
    check(one);
  }
  check(norm_case({33, 5}, {.eps = 0.5}));
}

TEST_CASE("batch_norm applies a relu in the same pass") {
  for (const auto& x : {Shape{5, 3}, Shape{2, 5, 7, 16}, Shape{4, 33}}) check(norm_case(x, {.relu = true}));
}

TEST_CASE("batch_norm is as exact where the mean is far larger than the deviation, and of equal elements") {
  OpCase far = norm_case({600, 20});
  far.inputs[0] = {{600, 20}, uniform_values(4095., 4096.), false};
  far.in_bf16 = false;  // which cannot tell these numbers apart
  check(far);
  OpCase equal = norm_case({600, 20});
  equal.inputs[0] = {{600, 20}, [](std::uint64_t, std::int64_t) { return 1e6; }, false};
  check(equal);
}

TEST_CASE("batch_norm_by normalises by given statistics") {
  for (const auto& x : shapes) check(given_case(x));
  check(given_case({2, 5, 7, 16}, {.relu = true}));
  check(given_case({1, 3}, {.eps = 0.5}));
}

TEST_CASE("batch_norm: a NaN stays in its channel, through the relu too") {
  RunOp op;
  const Value x = op.graph.input("x", Type::f32, {40, 17});
  const Value weight = op.graph.input("weight", Type::f32, {17}), bias = op.graph.input("bias", Type::f32, {17});
  const Value y = batch_norm(x, weight, bias, {.relu = true}).y;
  op.graph.keep(y);
  op.start();
  std::vector<float> numbers(40 * 17);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i % 7);
  numbers[20 * 17 + 5] = nan;
  numbers[3 * 17 + 9] = std::numeric_limits<float>::infinity();
  op.write("x", numbers);
  op.write("weight", std::vector<float>(17, 1.f));
  op.write("bias", std::vector<float>(17, 1.f));
  const auto made = op.run<float>(y);
  for (std::size_t i = 0; i < made.size(); ++i) CHECK(std::isnan(made[i]) == (i % 17 == 5 || i % 17 == 9));
}

TEST_CASE("track_statistics moves running statistics towards those of each mini-batch") {
  constexpr std::int64_t rows = 50, columns = 19;
  constexpr double momentum = 0.1;
  std::vector<std::unique_ptr<Device>> devices;
  devices.push_back(cpu_device({.threads = 2}));
  for (const auto& gpu : gpus_under_test()) devices.push_back(gpu.device());
  for (const auto& device : devices) {
    Store store;
    Graph graph(store);
    const Value x = graph.input("x", Type::f32, {rows, columns});
    const Value ones = graph.input("ones", Type::f32, {columns}), zeros = graph.input("zeros", Type::f32, {columns});
    const int mean = store.buffer({.name = "running_mean", .shape = {columns}});
    const int variance = store.buffer({.name = "running_variance", .shape = {columns}, .fill = 1.});
    track_statistics(batch_norm(x, ones, zeros), graph.buffer(mean), graph.buffer(variance), momentum);
    const Plan plan = make_plan(graph);
    Storage storage(*device, store);
    Program program(graph, plan, storage);
    storage.write<float>(store.find("ones"), std::vector<float>(columns, 1.f));
    storage.write<float>(store.find("zeros"), std::vector<float>(columns));
    std::vector<double> expected_mean(columns), expected_variance(columns, 1.);
    for (std::uint64_t step = 0; step < 3; ++step) {
      DoubleTensor numbers{{rows, columns}, {}};
      for (std::int64_t i = 0; i < rows * columns; ++i)
        numbers.data.push_back(
            static_cast<double>(static_cast<float>(uniform_values(-1., 2. + static_cast<double>(step))(step, i))));
      const auto channels = statistics_of(numbers);
      for (std::size_t c = 0; c < columns; ++c) {
        const double unbiased = channels[c].variance * rows / (rows - 1.);
        expected_mean[c] = (1. - momentum) * expected_mean[c] + momentum * channels[c].mean;
        expected_variance[c] = (1. - momentum) * expected_variance[c] + momentum * unbiased;
      }
      storage.write<float>(store.find("x"), std::vector<float>(numbers.data.begin(), numbers.data.end()));
      program.run({});
    }
    std::vector<float> means(columns), variances(columns);
    storage.read<float>(mean, means);
    storage.read<float>(variance, variances);
    for (std::size_t c = 0; c < columns; ++c) {  // a rounding of at most u of a number below 4, three times
      CHECK(std::abs(static_cast<double>(means[c]) - expected_mean[c]) <= 3 * 0x1p-22);
      CHECK(std::abs(static_cast<double>(variances[c]) - expected_variance[c]) <= 3 * 0x1p-22);
    }
  }
}

TEST_CASE("batch_norm refuses what has no statistics, and what does not fit") {
  Store store;
  Graph graph(store);
  const auto input = [&](const char* name, const Shape& shape) { return graph.input(name, Type::f32, shape); };
  const Value x = input("x", {4, 2, 2, 3}), row = input("row", {3}), other = input("other", {4});
  const Value one = input("one", {1, 1, 1, 3}), none = input("none", {0, 3}), scalar = input("scalar", {});
  check_error([&] { batch_norm(one, row, row); }, Fault::usage, "need two elements or more");
  check_error([&] { batch_norm(none, row, row); }, Fault::usage, "need two elements or more");
  check_error([&] { batch_norm(scalar, row, row); }, Fault::usage, "x must be [..., C]");
  check_error([&] { batch_norm(x, other, row); }, Fault::usage, "weight must have one element for each channel");
  check_error([&] { batch_norm(x, row, other); }, Fault::usage, "bias must have one element for each channel");
  check_error([&] { batch_norm(x, row, row, {.eps = 0.}); }, Fault::usage, "eps must be positive, not 0");
  check_error([&] { batch_norm_by(x, row, row, other, row); }, Fault::usage, "mean must have one element");
  check_error([&] { batch_norm_by(x, row, row, row, other); }, Fault::usage, "variance must have one element");
  const BatchNormed normed = batch_norm(x, row, row);
  check_error([&] { track_statistics(normed, row, row, 1.5); }, Fault::usage, "momentum must be in [0, 1]");
  check_error([&] { track_statistics(normed, other, row, 0.1); }, Fault::usage, "must be [C]");
  const Value from_nodes = batch_norm_by(input("z", {3}), row, row, row, row);
  check_error([&] { track_statistics(normed, from_nodes, row, 0.1); }, Fault::usage, "must lie in buffers");
}

}  // namespace deepobs
