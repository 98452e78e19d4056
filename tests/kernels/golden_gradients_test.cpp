#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "kernels/backward.h"
#include "kernels/ops/activation/tanh.h"
#include "kernels/ops/convolution/conv2d.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/ops/shape/reshape.h"
#include "tests/golden/golden_problem.h"
#include "tests/golden/hash_values.h"
#include "tests/kernels/harness/run_op.h"

// The gradients of gradients.json, which PyTorch computed in float64: of layers without a bias and with kernels that
// are no squares, and of functions of gradients.

namespace deepobs {
namespace {

/// The engine's order [y, x, from, to] of a filter that PyTorch has as [to, from, y, x], or images [n, y, x, c] of
/// [n, c, y, x]: where element i of PyTorch's lies in the engine's.
std::vector<std::size_t> engine_places(const Shape& torch, bool filter) {
  const auto a = torch[0], b = torch[1], c = torch[2], d = torch[3];
  std::vector<std::size_t> places;
  for (std::int64_t i = 0; i < a; ++i)
    for (std::int64_t j = 0; j < b; ++j)
      for (std::int64_t k = 0; k < c; ++k)
        for (std::int64_t l = 0; l < d; ++l)
          places.push_back(
              static_cast<std::size_t>(filter ? ((k * d + l) * b + j) * a + i : ((i * c + k) * d + l) * b + j));
  return places;
}

/// [to, from] of PyTorch in the engine's [from, to]; with `image` {c, h, w}, from counts as (h, w, c).
std::vector<std::size_t> dense_places(std::int64_t to, std::int64_t from, const std::vector<std::int64_t>& image = {}) {
  std::vector<std::size_t> places;
  for (std::int64_t t = 0; t < to; ++t)
    for (std::int64_t f = 0; f < from; ++f) {
      const std::int64_t row = image.empty() ? f : f % (image[1] * image[2]) * image[0] + f / (image[1] * image[2]);
      places.push_back(static_cast<std::size_t>(row * to + t));
    }
  return places;
}

/// A graph whose inputs are hashes, in PyTorch's order, and whose results are compared in that order.
struct Replayed : RunOp {
  Value input(std::uint64_t stream, const Shape& shape, std::vector<std::size_t> places) {
    const Value value = graph.input(text("input ", stream), Type::f32, shape);
    std::vector<float> numbers(places.size());
    const auto torch = hash_scaled(stream, places.size());
    for (std::size_t i = 0; i < places.size(); ++i) numbers[places[i]] = torch[i];
    inputs.emplace_back(text("input ", stream), std::move(numbers));
    return value;
  }

  /// Within 24 roundings of the largest number, and of all that is added on the way to it.
  void check(const char* what, Value value, const nlohmann::json& expected, const std::vector<std::size_t>& places) {
    for (const auto& [name, numbers] : inputs) write(name, numbers);
    const auto got = run<float>(value);
    const auto wanted = expected.get<std::vector<double>>();
    REQUIRE(got.size() == wanted.size());
    double largest = 0, worst = 0;
    for (const double w : wanted) largest = std::max(largest, std::abs(w));
    for (std::size_t i = 0; i < wanted.size(); ++i)
      worst = std::max(worst, std::abs(static_cast<double>(got[places.empty() ? i : places[i]]) - wanted[i]));
    INFO(std::string(what), ": ", worst, " of ", largest);
    CHECK(largest > 0);
    CHECK(worst <= 24 * 0x1p-23 * largest);
  }

  void begin(const std::vector<Value>& kept) {
    for (const Value value : kept) graph.keep(value);
    start();
  }

  std::vector<std::pair<std::string, std::vector<float>>> inputs;
};

const nlohmann::json& golden(const char* part) {
  static const nlohmann::json file = golden_file("gradients.json");
  return file[part];
}

}  // namespace

TEST_CASE("golden: a convolution of 1 x 7 without a bias, and its gradients, are PyTorch's") {
  const auto x_places = engine_places({2, 3, 5, 9}, false), w_places = engine_places({4, 3, 1, 7}, true),
             y_places = engine_places({2, 4, 5, 5}, false);
  Replayed op;
  const Value x = op.input(1, {2, 5, 9, 3}, x_places), w = op.input(2, {1, 7, 3, 4}, w_places),
              seed = op.input(3, {2, 5, 5, 4}, y_places);
  const Value y = conv2d(x, w, {}, {.stride = {1, 2}, .pad = Padding{0, 0, 3, 3}, .relu = true});
  const auto made = gradients(y, std::vector<Value>{x, w}, seed);
  op.begin({y, made[0], made[1]});
  op.check("y", y, golden("convolution")["y"], y_places);
  op.check("dx", made[0], golden("convolution")["dx"], x_places);
  op.check("dw", made[1], golden("convolution")["dw"], w_places);
}

TEST_CASE("golden: a penalty on a convolutional network's gradient has PyTorch's gradients") {
  const auto x_places = engine_places({2, 3, 5, 4}, false), w_places = engine_places({4, 3, 3, 2}, true),
             v_places = dense_places(5, 36, {4, 3, 3});
  Replayed op;
  const Value x = op.input(4, {2, 5, 4, 3}, x_places), w = op.input(5, {3, 2, 3, 4}, w_places),
              v = op.input(6, {36, 5}, v_places);
  const Value y = linear(flatten(tanh(conv2d(x, w, {}))), v, {});
  const Value dx = gradients(sum(multiply(y, y)), std::vector<Value>{x})[0], penalty = sum(multiply(dx, dx));
  const auto made = gradients(penalty, std::vector<Value>{w, v, x});
  op.begin({penalty, made[0], made[1], made[2]});
  op.check("penalty", penalty, std::vector<double>{golden("penalty")["penalty"].get<double>()}, {});
  op.check("w", made[0], golden("penalty")["w"], w_places);
  op.check("v", made[1], golden("penalty")["v"], v_places);
  op.check("x", made[2], golden("penalty")["x"], x_places);
}

TEST_CASE("golden: products of a dense network's Hessian with directions are PyTorch's") {
  const auto a_places = dense_places(7, 5), b_places = dense_places(3, 7);
  std::vector<std::size_t> in_order(30);
  for (std::size_t i = 0; i < in_order.size(); ++i) in_order[i] = i;
  Replayed op;
  const Value x = op.input(7, {6, 5}, in_order), a = op.input(8, {5, 7}, a_places), b = op.input(9, {7, 3}, b_places),
              u = op.input(10, {5, 7}, a_places), v = op.input(11, {7, 3}, b_places);
  const Value y = linear(tanh(linear(x, a, {})), b, {}), f = sum(multiply(y, y));
  const auto first = gradients(f, std::vector<Value>{a, b});
  const Value along = add(sum(multiply(first[0], u)), sum(multiply(first[1], v)));
  const auto made = gradients(along, std::vector<Value>{a, b});
  op.begin({made[0], made[1]});
  op.check("a", made[0], golden("hessian")["a"], a_places);
  op.check("b", made[1], golden("hessian")["b"], b_places);
}

}  // namespace deepobs
