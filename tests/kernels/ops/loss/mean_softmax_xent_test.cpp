#include "kernels/ops/loss/mean_softmax_xent.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "engine/memory/plan.h"
#include "engine/memory/storage.h"
#include "engine/run/program.h"
#include "tests/error_of.h"
#include "tests/kernels/harness/every_device.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Softmax of row n of the logits, and the loss at its label.
struct Row {
  Row(DoubleTensors in, std::int64_t n) : classes(in[0].shape[1]), label(static_cast<std::int64_t>(in[1][n])) {
    const double* x = in[0].data.data() + n * classes;
    const double most = *std::max_element(x, x + classes);
    double sum = 0.;
    for (std::int64_t k = 0; k < classes; ++k) sum += std::exp(x[k] - most);
    for (std::int64_t k = 0; k < classes; ++k) probability.push_back(std::exp(x[k] - most) / sum);
    loss = label < 0 || label >= classes ? nan : std::log(sum) - (x[label] - most);
  }
  std::int64_t classes, label;
  std::vector<double> probability;
  double loss;
};

double mean_loss(DoubleTensors in) {
  const std::int64_t rows = in[0].shape[0];
  double sum = 0.;
  for (std::int64_t n = 0; n < rows; ++n) sum += Row(in, n).loss;
  return sum / static_cast<double>(rows);
}

std::vector<OpInput> inputs(std::int64_t rows, int classes) {
  OpInput logits{{rows, classes}, uniform_values(-4., 4.), false}, penalty{{}, uniform_values(0.5, 2.), false};
  return {logits, labels_input({rows}, classes), penalty};
}

// One block and many, classes that fill no warp and several, rows that fill no block.
constexpr std::pair<std::int64_t, int> sizes[] = {{1, 1},     {1, 10},   {17, 3},   {128, 10},
                                                  {128, 100}, {5, 1001}, {3001, 10}};

TEST_CASE("mean_softmax_xent: the objective is the mean loss and the penalty") {
  for (const auto& [rows, classes] : sizes)
    check({.name = "mean_softmax_xent",
           .inputs = inputs(rows, classes),
           .build = [](Graph&, auto in) { return mean_softmax_xent(in[0], in[1], {.penalty = in[2]}).objective; },
           .formula = [](auto in) { return std::vector<double>{mean_loss(in) + in[2][0]}; },
           .forward = {.units = 10., .scale = constant_scale(10.)},
           .in_bf16 = false});  // nothing of it is bf16 but the gradient
}

TEST_CASE("mean_softmax_xent: the gradient of the logits") {
  const double seed = 0.5;
  for (const auto& [rows, classes] : sizes)
    check({.name = "gradient of mean_softmax_xent",
           .inputs = {inputs(rows, classes)[0], inputs(rows, classes)[1]},
           .build = [=](Graph&, auto in) { return mean_softmax_xent(in[0], in[1], {.gradient = seed}).dlogits; },
           .formula =
               [=](auto in) {
                 std::vector<double> all;
                 const std::int64_t count = in[0].shape[0];
                 for (std::int64_t n = 0; n < count; ++n) {
                   const Row row(in, n);
                   for (std::int64_t k = 0; k < row.classes; ++k)
                     all.push_back(seed / static_cast<double>(count) *
                                   (row.probability[static_cast<std::size_t>(k)] - (k == row.label ? 1. : 0.)));
                 }
                 return all;
               },
           // A probability is within 8 u of the exact one; the factor is rounded too.
           .forward = {.units = 10., .scale = [=](auto in) {
                         return std::vector<double>{seed / static_cast<double>(in[0].shape[0])};
                       }}});
}

TEST_CASE(
    "mean_softmax_xent writes loss, objective and accuracy into their logs, at the place of the mini-batch alone") {
  const std::vector<float> logits{2, 1, 0, 0, 3, 3, 1, 2, 2};
  const std::vector<std::int32_t> labels{0, 1,
                                         2};  // right; right: of equal ones the first; wrong: the first is another
  Store store;
  Graph graph(store);
  const Value x = graph.input("logits", Type::f32, {3, 3}), y = graph.input("labels", Type::i32, {3});
  const Value penalty = graph.input("penalty", Type::f32, {});
  const auto log = [&](const char* name) { return store.buffer({.name = name, .shape = {4}, .fill = -1.}); };
  const int loss = log("loss"), objective = log("objective"), accuracy = log("accuracy");
  const Value made =
      mean_softmax_xent(
          x, y,
          {.penalty = penalty,
           .logs = {{BatchScalar::loss, loss}, {BatchScalar::objective, objective}, {BatchScalar::accuracy, accuracy}}})
          .objective;
  graph.keep(made);
  const Plan plan = make_plan(graph);
  for (const auto& [name, device] : test::every_device({1})) {
    CAPTURE(name);
    Storage storage(*device, store);
    storage.write<float>(store.find("logits"), logits);
    storage.write<std::int32_t>(store.find("labels"), labels);
    storage.write<float>(store.find("penalty"), std::vector{0.25f});
    Program program(graph, plan, storage);
    for (const std::int64_t batch : {2, -1, 4}) program.run({.batch = batch});
    const auto logged = [&](int buffer) {
      std::vector<float> values(4);
      storage.read<float>(buffer, values);
      for (const int other : {0, 1, 3}) CHECK(values[static_cast<std::size_t>(other)] == -1.f);
      return static_cast<double>(values[2]);
    };
    const double expected =
        (std::log(1 + std::exp(-1.) + std::exp(-2.)) + std::log(2 + std::exp(-3.)) + std::log(2 + std::exp(-1.))) / 3;
    CHECK(logged(loss) == doctest::Approx(expected).epsilon(1e-6));
    CHECK(logged(objective) == doctest::Approx(expected + 0.25).epsilon(1e-6));
    CHECK(logged(accuracy) == doctest::Approx(2. / 3).epsilon(1e-6));
    std::vector<float> result(1);
    program.read<float>(made, result);
    CHECK(result[0] == static_cast<float>(logged(objective)));
  }
}

TEST_CASE("mean_softmax_xent: a NaN and a label outside make the loss NaN, and the gradient of their row alone") {
  const float bad = static_cast<float>(nan);
  Store store;
  Graph graph(store);
  const Value x = graph.input("logits", Type::f32, {3, 2}), y = graph.input("labels", Type::i32, {3});
  const BatchLoss made = mean_softmax_xent(x, y, {.gradient = 1.});
  graph.keep(made.objective);
  graph.keep(made.dlogits);
  const Plan plan = make_plan(graph);
  for (const auto& [name, device] : test::every_device({1})) {
    CAPTURE(name);
    Storage storage(*device, store);
    storage.write<float>(store.find("logits"), std::vector{bad, 0.f, 1.f, 1.f, 0.f, 2.f});
    storage.write<std::int32_t>(store.find("labels"), std::vector<std::int32_t>{1, 0, 7});
    Program program(graph, plan, storage);
    program.run({});
    std::vector<float> loss(1), gradient(6);
    program.read<float>(made.objective, loss);
    program.read<float>(made.dlogits, gradient);
    CHECK(std::isnan(loss[0]));
    for (const int i : {0, 1, 4, 5}) CHECK(std::isnan(gradient[static_cast<std::size_t>(i)]));
    CHECK(gradient[2] == doctest::Approx(-0.5 / 3));
    CHECK(gradient[3] == doctest::Approx(0.5 / 3));
  }
}

TEST_CASE("mean_softmax_xent refuses what does not fit") {
  Store store;
  Graph graph(store);
  const Value logits = graph.input("logits", Type::f32, {3, 4}), labels = graph.input("labels", Type::i32, {3});
  const Value none = graph.input("none", Type::f32, {0, 4}), no_labels = graph.input("no labels", Type::i32, {0});
  const int table = store.buffer({.name = "table", .shape = {4, 2}});
  check_error([&] { mean_softmax_xent(none, no_labels, {}); }, Fault::usage, "with N, K >= 1: [0, 4]");
  check_error([&] { mean_softmax_xent(logits, logits, {}); }, Fault::usage, "labels must be one for each row");
  check_error([&] { mean_softmax_xent(logits, labels, {.penalty = logits}); }, Fault::usage,
              "the penalty must be a scalar []");
  check_error(
      [&] {
        mean_softmax_xent(logits, labels, {.logs = {{BatchScalar::loss, table}}});
      },
      Fault::usage, "a log must be [n]");
  check_error(
      [&] {
        mean_softmax_xent(logits, labels, {.logs = std::vector<MeanSoftmaxXent::Log>(5, {BatchScalar::loss, table})});
      },
      Fault::usage, "there can be 4 logs, not 5");
}

}  // namespace
}  // namespace deepobs
