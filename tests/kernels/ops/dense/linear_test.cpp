#include "kernels/ops/dense/linear.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <tuple>

#include "tests/error_of.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {
namespace {

/// x w + b before the relu; without b, x w.
std::vector<double> affine(DoubleTensors in) {
  const auto& [x, w] = std::tie(in[0], in[1]);
  const std::int64_t n = x.shape[0], f = x.shape[1], k = w.shape[1];
  std::vector<double> y;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < k; ++j) {
      double sum = in.size() > 2 ? in[2][j] : 0.;
      for (std::int64_t l = 0; l < f; ++l) sum += x[i * f + l] * w[l * k + j];
      y.push_back(sum);
    }
  return y;
}

std::vector<double> rectified(DoubleTensors in) {
  auto y = affine(in);
  for (auto& one : y) one = std::max(one, 0.);
  return y;
}

OpCase linear_case(std::int64_t n, std::int64_t f, std::int64_t k, bool relu) {
  return {.name = relu ? "linear with relu" : "linear",
          .inputs = {{{n, f}}, {{f, k}}, {{k}}},
          .build = [relu](Graph&, auto in) { return linear(in[0], in[1], in[2], {.relu = relu}); },
          .formula = relu ? rectified : affine,
          .forward = {.units = 24., .scale = on_absolute_inputs(affine)},
          .gradient = {.units = 24.},
          .difference_step = relu ? 0x1p-13 : 1.,
          .exact_on_integers = !relu};
}

OpCase without_bias(OpCase one, const LinearOptions& options) {
  one.name += " without bias";
  one.inputs.pop_back();
  one.build = [options](Graph& graph, auto in) {
    const Value y = linear(in[0], in[1], {}, options);
    CHECK(graph.nodes().back().in.size() == 2);
    return y;
  };
  return one;
}

constexpr std::array<std::array<std::int64_t, 3>, 7> sizes{
    {{1, 1, 1}, {1, 784, 10}, {3, 17, 33}, {17, 3, 1}, {64, 1, 65}, {5, 129, 31}, {33, 200, 48}}};

}  // namespace

TEST_CASE("linear is x w + b") {
  for (const auto& [n, f, k] : sizes) check(linear_case(n, f, k, false));
}

TEST_CASE("linear without a bias is x w, in every way in which products are computed") {
  for (const auto& [n, f, k] : sizes) check(without_bias(linear_case(n, f, k, false), {}));
  check(without_bias(linear_case(70, 8, 96, false), {}));   // few terms
  check(without_bias(linear_case(9, 300, 24, false), {}));  // narrow, many terms
}

TEST_CASE("linear applies a relu in the same pass, and its gradient stops where the output is 0") {
  // The bias keeps every sum clear of the kink: |sum| <= 3 * 0.5 * 0.5 < 1.
  for (const std::int64_t k : {1, 6, 33}) {
    OpCase one = linear_case(7, 3, k, true);
    one.inputs[0].fill = one.inputs[1].fill = uniform_values(-0.5, 0.5);
    one.inputs[2].fill = [](std::uint64_t, std::int64_t i) { return i % 2 == 0 ? 1. : -1.; };
    check(one);
  }
}

TEST_CASE("linear without a bias applies its relu") {
  // Clear of the kink: every product is positive, or every one negative.
  OpCase one = without_bias(linear_case(7, 3, 33, true), {.relu = true});
  one.inputs[0].fill = uniform_values(0.25, 1.);
  one.inputs[1].fill = [](std::uint64_t, std::int64_t i) { return i % 33 % 2 == 0 ? 0.5 : -0.5; };
  check(one);
}

TEST_CASE("linear refuses shapes that do not fit, and says which") {
  Store store;
  Graph graph(store);
  const auto x = graph.parameter("x", {4, 3}, {}), w = graph.parameter("w", {5, 2}, {}),
             b = graph.parameter("b", {2}, {});
  check_error([&] { linear(x, w, b); }, Fault::usage, "weight must have as many rows as x has features");
  check_error([&] { linear(x, w, b); }, Fault::usage, "[5, 2], parameter 'w'");
  check_error([&] { linear(x, w, b); }, Fault::usage, "dense/linear_test.cpp");
  const auto v = graph.parameter("v", {3, 5}, {});
  check_error([&] { linear(x, v, b); }, Fault::usage, "bias must have one element");
  check_error([&] { linear(b, v, b); }, Fault::usage, "x must be [N, F]");
  check_error([&] { linear(x, w, {}); }, Fault::usage, {"bias    none", "as many rows as x has features"});
  check_error([&] { linear(x, w, Value()); }, Fault::usage, "an empty Value");  // no bias is {}, not this
}

}  // namespace deepobs
