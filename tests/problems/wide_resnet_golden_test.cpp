#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "engine/run/program.h"
#include "kernels/backward.h"
#include "kernels/ops/loss/softmax_xent.h"
#include "kernels/ops/reduce/reduce.h"
#include "problems/models/networks.h"
#include "tests/golden/golden_problem.h"
#include "tests/kernels/cpu/isas.h"

// A small wide residual network against PyTorch in float64: with so few relus none lies at its kink, and gradients can
// be compared closely.

namespace deepobs {
namespace {

struct Recorded {
  Recorded(Store& store, Mode mode, ConvAlgorithm algorithm, const nlohmann::json& golden) : graph(store) {
    Layers layers(graph, mode, algorithm);
    const std::int64_t n = golden["count"], pixels = golden["image"];
    const std::string of = mode == Mode::train ? "training" : "evaluation";
    const Value images = graph.input("images in " + of, Type::f32, {n, pixels, pixels, 3});
    const Value labels = graph.input("labels in " + of, Type::i32, {n});
    const WideResnet network{.units = golden["units"], .widening = golden["widening"]};
    losses = softmax_xent(wide_resnet(layers, images, network, golden["classes"]), labels);
    if (mode == Mode::train) backward(mean(losses));
    graph.keep(losses);
  }

  Graph graph;
  Value losses;
};

void check_losses(const Program& program, Value losses, const nlohmann::json& golden) {
  std::vector<float> made(static_cast<std::size_t>(losses.shape().elements()));
  program.read<float>(losses, made);
  REQUIRE(made.size() == golden.size());
  for (std::size_t i = 0; i < made.size(); ++i)
    CHECK(std::abs(static_cast<double>(made[i]) - golden[i].get<double>()) <= 2e-5);
}

void check_against_torch(const nlohmann::json& golden, Isa isa, ConvAlgorithm algorithm) {
  Store store;
  const Recorded training(store, Mode::train, algorithm, golden), evaluation(store, Mode::evaluate, algorithm, golden);
  const Plan plan = make_plan(training.graph), evaluation_plan = make_plan(evaluation.graph);
  const auto device = cpu_device({.threads = 2, .isa = isa});
  Storage storage(*device, store);
  const auto& streams = golden["streams"];
  const auto parameters = store.parameters();
  REQUIRE(parameters.size() == golden["scales"].size());
  for (std::size_t i = 0; i < parameters.size(); ++i)
    storage.set_parameter(parameters[i],
                          hash_scaled(streams["parameters"].get<std::uint64_t>() + i,
                                      static_cast<std::size_t>(parameters[i].shape.elements()), golden["scales"][i]));
  const auto count = golden["count"].get<std::size_t>(), pixels = golden["image"].get<std::size_t>();
  for (const std::string of : {"training", "evaluation"}) {
    storage.write<float>(store.find("images in " + of), hash_scaled(streams["images"], count * pixels * pixels * 3));
    storage.write<std::int32_t>(store.find("labels in " + of),
                                hash_labels(streams["labels"], count, golden["classes"]));
  }
  Program step(training.graph, plan, storage), evaluating(evaluation.graph, evaluation_plan, storage);
  step.poison(0xFF);
  step.run({});
  evaluating.poison(0xFF);
  evaluating.run({});
  check_losses(step, training.losses, golden["losses"]);
  check_losses(evaluating, evaluation.losses, golden["evaluated"]);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    CAPTURE(parameters[i].name);
    const auto gradient = storage.gradient(parameters[i]);
    const auto& expected = golden["gradients"][parameters[i].name];
    const double norm = expected["norm"];
    double squares = 0.;
    for (const float g : gradient) squares += static_cast<double>(g) * static_cast<double>(g);
    CHECK(std::abs(std::sqrt(squares) - norm) <= 1e-4 * norm);
    for (std::size_t j = 0; j < 4; ++j) {
      double projection = 0.;
      for (std::size_t k = 0; k < gradient.size(); ++k)
        projection += static_cast<double>(gradient[k]) *
                      static_cast<double>(hash_value(streams["projections"].get<std::uint64_t>() + 4 * i + j, k));
      CHECK(std::abs(projection - expected["projections"][j].get<double>()) <= 1e-4 * norm);
    }
  }
}

}  // namespace

TEST_CASE("networks: a wide residual network has PyTorch's losses and gradients, in plain convolutions and in tiles") {
  const auto file = golden_file("layers.json");
  for (const auto& golden : file["wide_resnet"])
    for (const Isa isa : isas())
      for (const ConvAlgorithm algorithm : {ConvAlgorithm::direct, ConvAlgorithm::automatic})
        check_against_torch(golden, isa, algorithm);
}

}  // namespace deepobs
