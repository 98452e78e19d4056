#include "kernels/ops/loss/softmax_xent.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/memory/plan.h"
#include "engine/memory/storage.h"
#include "engine/run/device.h"
#include "engine/run/program.h"
#include "kernels/backward.h"
#include "kernels/ops/reduce/reduce.h"
#include "tests/kernels/cpu/isas.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Calls row(n, first logit of the row, largest logit of the row, label).
template <class Row>
std::vector<double> each_row(DoubleTensors in, Row row) {
  const std::int64_t k = in[0].shape[1];
  std::vector<double> y;
  for (std::int64_t n = 0; n < in[0].shape[0]; ++n) {
    const double* x = in[0].data.data() + n * k;
    y.push_back(row(x, *std::max_element(x, x + k), static_cast<std::int64_t>(in[1][n])));
  }
  return y;
}

std::vector<double> losses(DoubleTensors in) {
  const std::int64_t k = in[0].shape[1];
  return each_row(in, [=](const double* x, double most, std::int64_t label) {
    if (label < 0 || label >= k) return nan;
    double sum = 0.;
    for (std::int64_t i = 0; i < k; ++i) sum += std::exp(x[i] - most);
    return std::log(sum) - (x[label] - most);
  });
}

OpCase xent_case(std::int64_t examples, int classes, const Fill& fill) {
  return {.name = "softmax_xent",
          .inputs = {{{examples, classes}, fill}, labels_input({examples}, classes)},
          .build = [](Graph&, auto in) { return softmax_xent(in[0], in[1]); },
          .formula = losses,
          .forward = {.units = 8.,
                      .scale =
                          [](auto in) {
                            return each_row(in, [](const double* x, double most, std::int64_t label) {
                              return 1. + most - x[label];
                            });
                          }},
          // A probability is within 8 u of the exact one, and so is its distance from 0 or 1.
          .gradient = {.units = 8., .scale = [](auto, int) { return std::vector<double>{1.}; }}};
}

}  // namespace

TEST_CASE("softmax_xent is the negative logarithm of the label's probability") {
  for (const auto& [examples, classes] :
       {std::pair<std::int64_t, int>{1, 1}, {1, 10}, {17, 3}, {33, 16}, {128, 10}, {5, 1001}, {3001, 10}})
    check(xent_case(examples, classes, uniform_values(-4., 4.)));
}

TEST_CASE("softmax_xent does not feel a shift of all logits, nor logits far apart") {
  for (const double shift : {1e4, -1e4}) {
    OpCase shifted = xent_case(9, 5, uniform_values(shift - 4., shift + 4.));
    shifted.difference_step = 0x1p-27;  // times 2^14, the size of the logits
    check(shifted);
  }
  OpCase apart = xent_case(9, 5, uniform_values(-1e4, 1e4));
  apart.inputs[0].differentiable = false;
  check(apart);
}

TEST_CASE(
    "softmax_xent: -infinity has no probability, NaN, +infinity and labels outside give NaN for their row alone") {
  const std::vector<double> logits = {0, -infinity, 0, 0, -infinity, 0,         0,         nan, 0, 0, infinity, 0, 1, 2,
                                      3, 1,         2, 3, -infinity, -infinity, -infinity, 1,   1, 1};
  const std::vector<double> labels = {0, 1, 0, 0, -1, 3, 0, 2};
  const std::vector<double> expected = {std::log(2.), infinity, nan, nan, nan, nan, nan, std::log(3.)};
  check({.name = "softmax_xent of special rows",
         .inputs = {{{8, 3}, listed_values(logits), false}, {{8}, listed_values(labels), false, Type::i32}},
         .build = [](Graph&, auto in) { return softmax_xent(in[0], in[1]); },
         .formula = [=](auto) { return expected; },
         .forward = {.units = 8., .scale = constant_scale(1.)}});
}

TEST_CASE("the gradient of softmax_xent on special rows: NaN where the loss is, and only there") {
  for (const Isa isa : isas()) {
    Store store;
    Graph graph(store);
    const Value logits = graph.parameter("logits", {4, 2}, {});
    const Value labels = graph.input("labels", Type::i32, {4});
    backward(sum(softmax_xent(logits, labels)));

    const auto device = cpu_device({.threads = 1, .isa = isa});
    const Plan plan = make_plan(graph);
    Storage storage(*device, store);
    const auto f = [](double x) { return static_cast<float>(x); };
    storage.set_parameter(store.parameters()[0], std::vector{0.f, f(-infinity), f(nan), 0.f, 0.f, 0.f, 2.f, 2.f});
    storage.write<std::int32_t>(store.find("labels"), std::vector<std::int32_t>{1, 0, 2, 0});
    Program(graph, plan, storage).run({});

    const auto gradient = storage.gradient(store.parameters()[0]);
    CHECK(gradient[0] == 1.f);
    CHECK(gradient[1] == -1.f);
    for (const int i : {2, 3, 4, 5}) CHECK(std::isnan(gradient[static_cast<std::size_t>(i)]));
    CHECK(gradient[6] == -0.5f);
    CHECK(gradient[7] == 0.5f);
  }
}

TEST_CASE("softmax_xent refuses shapes that do not fit, and says which") {
  Store store;
  Graph graph(store);
  const Value logits = graph.input("logits", Type::f32, {3, 4});
  const Value row = graph.input("row", Type::f32, {3});
  const Value labels = graph.input("labels", Type::i32, {3});
  const Value many = graph.input("many", Type::i32, {4});
  CHECK_THROWS_WITH_AS(softmax_xent(row, labels), doctest::Contains("logits must be [N, K]"), Error);
  CHECK_THROWS_WITH_AS(softmax_xent(logits, many), doctest::Contains("one for each row of [3, 4], buffer 'logits'"),
                       Error);
  CHECK_THROWS_WITH_AS(softmax_xent(logits, row),
                       doctest::Contains("labels must be int32, not float32: [3], buffer 'row'"), Error);
}

}  // namespace deepobs
