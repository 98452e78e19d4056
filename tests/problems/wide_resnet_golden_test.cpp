#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/program.h"
#include "kernels/backward.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/loss/softmax_xent.h"
#include "kernels/ops/reduce/l2_penalty.h"
#include "kernels/ops/reduce/reduce.h"
#include "problems/models/networks.h"
#include "tests/golden/golden_problem.h"
#include "tests/kernels/cpu/isas.h"
#include "tests/problems/golden_kinds.h"

// Wide ResNet 16-4 by itself: losses and all gradients of one mini-batch in training, and losses in evaluation by the
// running statistics that it left, against PyTorch in float64 from the same parameters.

namespace deepobs {
namespace {

/// The golden problem's first images as [N, H, W, C], each with mean 0 and deviation 1.
std::vector<float> standardised(const GoldenProblem& golden) {
  const auto pixels = static_cast<std::size_t>(golden.height * golden.width);
  const auto channels = static_cast<std::size_t>(golden.channels), size = pixels * channels;
  std::vector<float> x;
  for (std::size_t n = 0; n < static_cast<std::size_t>(golden.batch_size()); ++n) {
    const std::uint8_t* image = golden.images.data() + n * size;
    double mean = 0., squares = 0.;
    for (std::size_t i = 0; i < size; ++i) mean += image[i] / static_cast<double>(size);
    for (std::size_t i = 0; i < size; ++i) squares += (image[i] - mean) * (image[i] - mean);
    const double deviation = std::sqrt(squares / static_cast<double>(size));
    for (std::size_t p = 0; p < pixels; ++p)
      for (std::size_t c = 0; c < channels; ++c)
        x.push_back(static_cast<float>((image[c * pixels + p] - mean) / deviation));
  }
  return x;
}

/// The network on a mini-batch, with the loss of each example and the objective.
struct Recorded {
  Recorded(Store& store, Mode mode, ConvAlgorithm algorithm, const GoldenProblem& golden) : graph(store) {
    Layers layers(graph, mode, algorithm);
    const std::int64_t n = golden.batch_size();
    const std::string of = mode == Mode::train ? "training" : "evaluation";
    const Value images = graph.input("images in " + of, Type::f32, {n, golden.height, golden.width, golden.channels});
    const Value labels = graph.input("labels in " + of, Type::i32, {n});
    losses = softmax_xent(wide_resnet(layers, images, {.units = 2, .widening = 4}, 10), labels);
    objective = add(mean(losses), l2_penalty(layers.kernels(), golden.json["weight_decay"]));
    if (mode == Mode::train) backward(objective);
    graph.keep(losses);
    graph.keep(objective);
  }

  Graph graph;
  Value losses, objective;
};

std::vector<float> read(const Program& program, Value value) {
  std::vector<float> numbers(static_cast<std::size_t>(value.shape().elements()));
  program.read<float>(value, numbers);
  return numbers;
}

double mean_of(const std::vector<float>& numbers) {
  double sum = 0.;
  for (const float x : numbers) sum += static_cast<double>(x);
  return sum / static_cast<double>(numbers.size());
}

void check_against_torch(Isa isa, ConvAlgorithm algorithm) {
  const GoldenProblem golden("svhn_wrn164");
  const auto &float64 = golden.json["batch"]["float64"], &float32 = golden.json["batch"]["float32"];
  Store store;
  const Recorded training(store, Mode::train, algorithm, golden), evaluation(store, Mode::evaluate, algorithm, golden);
  const Plan plan = make_plan(training.graph), evaluation_plan = make_plan(evaluation.graph);
  const auto device = cpu_device({.threads = 2, .isa = isa});
  Storage storage(*device, store);
  const auto tensors = golden.parameters();
  const auto parameters = store.parameters();
  REQUIRE(parameters.size() == tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    REQUIRE(parameters[i].name == tensors[i].name);
    storage.set_parameter(parameters[i], tensors[i].values);
  }
  const auto images = standardised(golden);
  const auto labels = std::span(golden.labels).first(static_cast<std::size_t>(golden.batch_size()));
  for (const std::string of : {"training", "evaluation"}) {
    storage.write<float>(store.find("images in " + of), images);
    storage.write<std::int32_t>(store.find("labels in " + of), labels);
  }
  Program step(training.graph, plan, storage), evaluating(evaluation.graph, evaluation_plan, storage);
  step.poison(0xFF);
  step.run({});
  evaluating.poison(0xFF);
  evaluating.run({});

  Kinds kinds;
  const auto losses = read(step, training.losses);
  for (std::size_t i = 0; i < losses.size(); ++i)
    kinds.add("loss", text("example ", i), 1., losses[i], float64["losses"][i], float32["losses"][i]);
  kinds.add("total", "objective", 1., read(step, training.objective)[0], float64["objective"], float32["objective"]);
  const auto &evaluated = float64["evaluated"], &evaluated32 = float32["evaluated"];
  kinds.add("evaluated", "mean loss", std::max(1., evaluated["mean_loss"].get<double>()),
            mean_of(read(evaluating, evaluation.losses)), evaluated["mean_loss"], evaluated32["mean_loss"]);
  kinds.add("evaluated", "objective", std::max(1., evaluated["objective"].get<double>()),
            read(evaluating, evaluation.objective)[0], evaluated["objective"], evaluated32["objective"]);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto gradient = storage.gradient(parameters[i]);
    const auto &expected = float64["gradients"][parameters[i].name], &single = float32["gradients"][parameters[i].name];
    if (algorithm == ConvAlgorithm::direct) {
      const auto stream = golden.json["streams"]["projections"].get<std::uint64_t>() + 4 * i;
      kinds.add_gradient(parameters[i].name, gradient, stream, expected, single);
    } else {  // the larger roundings of tiles move some of five million relus across their kink, a jump each
      double squares = 0.;
      for (const float g : gradient) squares += static_cast<double>(g) * static_cast<double>(g);
      CHECK(std::sqrt(squares) == doctest::Approx(expected["norm"].get<double>()).epsilon(0.01));
    }
  }
  kinds.check();
}

}  // namespace

TEST_CASE("networks: Wide ResNet 16-4 has PyTorch's losses and gradients, on every instruction set") {
  for (const Isa isa : isas()) check_against_torch(isa, ConvAlgorithm::direct);
}

TEST_CASE("networks: Wide ResNet 16-4 has PyTorch's losses and gradients with convolutions in tiles") {
  check_against_torch(best_isa(), ConvAlgorithm::automatic);
}

}  // namespace deepobs
