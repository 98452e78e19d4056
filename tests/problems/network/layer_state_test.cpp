#include <doctest/doctest.h>

#include <cmath>

#include "engine/run/program.h"
#include "kernels/backward.h"
#include "kernels/ops/reduce/reduce.h"
#include "problems/network/layers.h"
#include "tests/error_of.h"
#include "tests/golden/hash_values.h"

// What layers keep beside their parameters: running statistics, and the state of a sequence.

namespace deepobs {
namespace {

std::vector<float> buffer(const Storage& storage, const std::string& name) {
  const int id = storage.store().find(name);
  std::vector<float> numbers(static_cast<std::size_t>(storage.store().buffer(id).shape.elements()));
  storage.read<float>(id, numbers);
  return numbers;
}

std::vector<float> read(const Program& program, Value value) {
  std::vector<float> numbers(static_cast<std::size_t>(value.shape().elements()));
  program.read<float>(value, numbers);
  return numbers;
}

}  // namespace

TEST_CASE("layers: batch norm's running statistics are learnt in training and used in evaluation, of any batch size") {
  Store store;
  Graph training(store), evaluation(store);
  Layers train(training, Mode::train), evaluate(evaluation, Mode::evaluate);
  const Value x = training.input("x", Type::f32, {8, 2, 2, 3}),
              other = evaluation.input("other", Type::f32, {1, 2, 2, 3});
  const Value trained = train.batch_norm("bn", x, {.momentum = 0.5});
  const Value evaluated = evaluate.batch_norm("bn", other, {.momentum = 0.5});
  CHECK(store.parameter_count() == 6);
  CHECK(train.kernels().empty());
  CHECK(train.rows()[0].detail == "momentum 0.5, eps 1e-05");
  training.keep(trained);
  evaluation.keep(evaluated);
  const Plan train_plan = make_plan(training), evaluation_plan = make_plan(evaluation);
  const auto device = cpu_device({.threads = 2});
  Storage storage(*device, store);
  storage.initialize(1);
  Program step(training, train_plan, storage), evaluating(evaluation, evaluation_plan, storage);
  CHECK(buffer(storage, "bn.running_mean") == std::vector<float>(3, 0.f));
  CHECK(buffer(storage, "bn.running_var") == std::vector<float>(3, 1.f));

  // Of 32 elements a channel, half of them 1 and half 3: mean 2, unbiased variance 32/31.
  std::vector<float> numbers(8 * 2 * 2 * 3);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = i / 3 % 2 == 0 ? 1.f : 3.f;
  storage.write<float>(store.find("x"), numbers);
  storage.write<float>(store.find("other"), std::vector<float>(12, 2.f));
  evaluating.run({});
  for (const float y : read(evaluating, evaluated)) CHECK(y == doctest::Approx(2. / std::sqrt(1. + 1e-5)));
  CHECK(buffer(storage, "bn.running_mean") == std::vector<float>(3, 0.f));  // evaluation learns nothing
  step.run({});
  for (const float y : read(step, trained)) CHECK(std::abs(y) == doctest::Approx(1.).epsilon(1e-4));
  for (const float mean : buffer(storage, "bn.running_mean")) CHECK(mean == 1.f);
  const double variance = 0.5 + 0.5 * 32 / 31;
  for (const float v : buffer(storage, "bn.running_var")) CHECK(v == doctest::Approx(variance));
  evaluating.run({});
  for (const float y : read(evaluating, evaluated)) CHECK(y == doctest::Approx((2. - 1.) / std::sqrt(variance + 1e-5)));
}

TEST_CASE("layers: batch norm refuses features behind a flatten, where PyTorch has them in another order") {
  Store store;
  Graph graph(store);
  Layers layers(graph, Mode::train);
  const Value x = graph.input("x", Type::f32, {8, 2, 2, 3});
  check_error([&] { layers.batch_norm("bn", layers.flatten(x), {}); }, Fault::usage, "normalise before it");
  CHECK(layers.batch_norm("pooled", layers.global_mean("pool", x), {}).shape() == Shape{8, 3});
  const Value grey = graph.input("grey", Type::f32, {8, 2, 2, 1});
  CHECK(layers.batch_norm("flat", layers.flatten(grey), {}).shape() == Shape{8, 4});
}

TEST_CASE("layers: an LSTM goes on where the last mini-batch ended") {
  constexpr std::int64_t n = 3, steps = 4, features = 5, units = 6;
  const auto device = cpu_device({.threads = 2});
  const auto record = [](Store& store, Graph& graph, std::int64_t length) {
    Layers layers(graph, Mode::train);
    const Value y =
        layers.lstm("lstm", graph.input("x", Type::f32, {n, length, features}), {.units = units, .forget_bias = 1});
    graph.keep(y);
    backward(sum(y));
    CHECK(store.parameter_count() == 4 * units * (features + units + 1));
    return y;
  };
  Store two_halves, one;
  Graph halves_graph(two_halves), whole_graph(one);
  const Value half = record(two_halves, halves_graph, steps), whole = record(one, whole_graph, 2 * steps);
  const Plan half_plan = make_plan(halves_graph), whole_plan = make_plan(whole_graph);
  Storage half_storage(*device, two_halves), whole_storage(*device, one);
  half_storage.initialize(1);
  whole_storage.initialize(1);
  Program half_program(halves_graph, half_plan, half_storage), whole_program(whole_graph, whole_plan, whole_storage);

  const auto x = hash_scaled(1, n * 2 * steps * features);
  whole_storage.write<float>(one.find("x"), x);
  whole_program.run({});
  const auto expected = read(whole_program, whole);
  for (std::int64_t part = 0; part < 2; ++part) {
    std::vector<float> x_part;
    for (std::int64_t i = 0; i < n; ++i) {
      const auto from = x.begin() + (i * 2 + part) * steps * features;
      x_part.insert(x_part.end(), from, from + steps * features);
    }
    half_storage.write<float>(two_halves.find("x"), x_part);
    half_program.run({});
    const auto y = read(half_program, half);
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t k = 0; k < steps * units; ++k)
        CHECK(y[static_cast<std::size_t>(i * steps * units + k)] ==
              expected[static_cast<std::size_t>((i * 2 + part) * steps * units + k)]);
  }
  CHECK(buffer(half_storage, "lstm.h") == buffer(whole_storage, "lstm.h"));
  CHECK(buffer(half_storage, "lstm.c") == buffer(whole_storage, "lstm.c"));
}

TEST_CASE("layers: PyTorch's rows of an LSTM's weights are the engine's columns") {
  Store store;
  Graph graph(store);
  Layers layers(graph, Mode::train);
  layers.lstm("lstm", graph.input("x", Type::f32, {2, 3, 5}), {.units = 4});
  const auto& parameters = store.parameters();
  REQUIRE(parameters.size() == 3);
  CHECK(parameters[0].name == "lstm.weight_ih");
  CHECK(parameters[0].border.shape == Shape{16, 5});
  CHECK(parameters[0].border.offset(1) == 16);
  CHECK(parameters[1].name == "lstm.weight_hh");
  CHECK(parameters[1].border.shape == Shape{16, 4});
  CHECK(parameters[1].border.offset(1) == 16);
  CHECK(parameters[2].name == "lstm.bias");
  CHECK(parameters[2].border.shape == Shape{16});
}

}  // namespace deepobs
