#include "problems/models/networks.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/kernels/harness/run_op.h"

// Networks by themselves: their layers and parameters as the tables of DeepOBS have them.

namespace deepobs {
namespace {

struct Row {
  std::string name, kind, detail;
  Shape output;
  std::int64_t parameters;
};

void check_rows(const std::vector<LayerRow>& rows, const std::vector<Row>& expected) {
  REQUIRE(rows.size() == expected.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO(expected[i].name);
    CHECK(rows[i].name == expected[i].name);
    CHECK(rows[i].kind == expected[i].kind);
    CHECK(rows[i].detail == expected[i].detail);
    CHECK(rows[i].output == expected[i].output);
    CHECK(rows[i].parameters == expected[i].parameters);
  }
}

struct Recorded {
  RunOp op;
  Layers layers;
  explicit Recorded(Mode mode = Mode::train) : layers(op.graph, mode) {}

  Value wide_resnet(int units, std::int64_t classes) {
    return deepobs::wide_resnet(layers, op.graph.input("images", Type::f32, {2, 32, 32, 3}), {units, 4}, classes);
  }
};

const std::string norm = "momentum 0.1, eps 1e-05, ReLU", conv3 = "3x3/1, same", conv3_2 = "3x3/2, same";

}  // namespace

TEST_CASE("networks: Wide ResNet 16-4 has DeepOBS's layers") {
  Recorded recorded;
  CHECK(recorded.wide_resnet(2, 10).shape() == Shape{2, 10});
  check_rows(recorded.layers.rows(), {{"conv0", "conv", conv3, {16, 32, 32}, 432},
                                      {"g1u0.bn1", "batch norm", norm, {16, 32, 32}, 32},
                                      {"g1u0.shortcut", "conv", "1x1/1, same", {64, 32, 32}, 1'024},
                                      {"g1u0.conv1", "conv", conv3, {64, 32, 32}, 9'216},
                                      {"g1u0.bn2", "batch norm", norm, {64, 32, 32}, 128},
                                      {"g1u0.conv2", "conv", conv3, {64, 32, 32}, 36'864},
                                      {"g1u1.bn1", "batch norm", norm, {64, 32, 32}, 128},
                                      {"g1u1.conv1", "conv", conv3, {64, 32, 32}, 36'864},
                                      {"g1u1.bn2", "batch norm", norm, {64, 32, 32}, 128},
                                      {"g1u1.conv2", "conv", conv3, {64, 32, 32}, 36'864},
                                      {"g2u0.bn1", "batch norm", norm, {64, 32, 32}, 128},
                                      {"g2u0.shortcut", "conv", "1x1/2, same", {128, 16, 16}, 8'192},
                                      {"g2u0.conv1", "conv", conv3_2, {128, 16, 16}, 73'728},
                                      {"g2u0.bn2", "batch norm", norm, {128, 16, 16}, 256},
                                      {"g2u0.conv2", "conv", conv3, {128, 16, 16}, 147'456},
                                      {"g2u1.bn1", "batch norm", norm, {128, 16, 16}, 256},
                                      {"g2u1.conv1", "conv", conv3, {128, 16, 16}, 147'456},
                                      {"g2u1.bn2", "batch norm", norm, {128, 16, 16}, 256},
                                      {"g2u1.conv2", "conv", conv3, {128, 16, 16}, 147'456},
                                      {"g3u0.bn1", "batch norm", norm, {128, 16, 16}, 256},
                                      {"g3u0.shortcut", "conv", "1x1/2, same", {256, 8, 8}, 32'768},
                                      {"g3u0.conv1", "conv", conv3_2, {256, 8, 8}, 294'912},
                                      {"g3u0.bn2", "batch norm", norm, {256, 8, 8}, 512},
                                      {"g3u0.conv2", "conv", conv3, {256, 8, 8}, 589'824},
                                      {"g3u1.bn1", "batch norm", norm, {256, 8, 8}, 512},
                                      {"g3u1.conv1", "conv", conv3, {256, 8, 8}, 589'824},
                                      {"g3u1.bn2", "batch norm", norm, {256, 8, 8}, 512},
                                      {"g3u1.conv2", "conv", conv3, {256, 8, 8}, 589'824},
                                      {"last.bn", "batch norm", norm, {256, 8, 8}, 512},
                                      {"mean", "global mean", "", {256}, 0},
                                      {"fc", "dense", "", {10}, 2'570}});
  CHECK(recorded.op.store.parameter_count() == 2'748'890);
}

TEST_CASE("networks: Wide ResNets' parameters stand in the order of the layers, convolutions without bias") {
  Recorded recorded;
  recorded.wide_resnet(2, 10);
  const auto parameters = recorded.op.store.parameters();
  std::size_t next = 0;
  for (const LayerRow& row : recorded.layers.rows()) {
    if (row.parameters == 0) continue;
    CHECK(parameters[next++].name == row.name + ".weight");
    if (row.kind != "conv") CHECK(parameters[next++].name == row.name + ".bias");
  }
  CHECK(next == parameters.size());
  CHECK(parameters[3].border.shape == Shape{64, 16, 1, 1});
  CHECK(recorded.layers.kernels().size() == 17);  // of 16 convolutions and the dense layer
  CHECK(Recorded().wide_resnet(6, 100).shape() == Shape{2, 100});
  Recorded deep;
  deep.wide_resnet(6, 100);
  CHECK(deep.op.store.parameter_count() == 8'972'340);
}

TEST_CASE("networks: a Wide ResNet begins with weights whose regulariser is what their initialisation makes it") {
  for (const auto& [units, classes, expected] : {std::tuple{2, 10, 0.48288}, {6, 100, 1.41002}}) {
    Recorded recorded;
    recorded.wide_resnet(units, classes);
    const auto device = cpu_device({.threads = 2});
    Storage storage(*device, recorded.op.store);
    storage.initialize(42);
    double squares = 0.;
    for (const auto& parameter : recorded.op.store.parameters()) {
      const auto values = storage.parameter(parameter);
      const bool is_norm = parameter.shape.rank() == 1 && parameter.name != "fc.bias";
      if (is_norm && parameter.name.ends_with(".weight"))
        CHECK(std::ranges::all_of(values, [](float x) { return x == 1.f; }));
      if (parameter.name.ends_with(".bias")) CHECK(std::ranges::all_of(values, [](float x) { return x == 0.f; }));
      if (parameter.shape.rank() > 1)
        for (const float w : values) squares += static_cast<double>(w) * static_cast<double>(w);
    }
    CHECK(5e-4 / 2 * squares == doctest::Approx(expected).epsilon(0.01));
  }
}

TEST_CASE("networks: the character model has DeepOBS's layers") {
  Recorded recorded;
  const Value logits = char_rnn(recorded.layers, recorded.op.graph.input("ids", Type::i32, {5, 50}), 83);
  CHECK(logits.shape() == Shape{250, 83});
  check_rows(recorded.layers.rows(), {{"embedding", "embedding", "83 rows", {50, 128}, 10'624},
                                      {"lstm1.input", "dropout", "rate 0.2", {50, 128}, 0},
                                      {"lstm1", "lstm", "forget bias 1", {50, 128}, 131'584},
                                      {"lstm1.output", "dropout", "rate 0.2", {50, 128}, 0},
                                      {"lstm2.input", "dropout", "rate 0.2", {50, 128}, 0},
                                      {"lstm2", "lstm", "forget bias 1", {50, 128}, 131'584},
                                      {"lstm2.output", "dropout", "rate 0.2", {50, 128}, 0},
                                      {"fc", "dense", "", {83}, 10'707}});
  CHECK(recorded.op.store.parameter_count() == 284'499);
  const auto device = cpu_device({.threads = 2});
  Storage storage(*device, recorded.op.store);
  storage.initialize(42);
  // The bound of each Glorot uniform tensor is all but reached among its numbers.
  const std::vector<std::pair<std::string, double>> bounds{{"embedding.weight", 0.16863},
                                                           {"lstm1.weight_ih", 0.0883883},
                                                           {"lstm1.weight_hh", 0.0883883},
                                                           {"lstm1.bias", 0.},
                                                           {"lstm2.weight_ih", 0.0883883},
                                                           {"lstm2.weight_hh", 0.0883883},
                                                           {"lstm2.bias", 0.},
                                                           {"fc.weight", 0.16863},
                                                           {"fc.bias", 0.190117}};
  REQUIRE(recorded.op.store.parameters().size() == bounds.size());
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const auto& parameter = recorded.op.store.parameters()[i];
    CHECK(parameter.name == bounds[i].first);
    double largest = 0.;
    for (const float x : storage.parameter(parameter)) largest = std::max(largest, std::abs(static_cast<double>(x)));
    CHECK(largest <= bounds[i].second + 1e-6);
    CHECK(largest >= bounds[i].second * 0.95);
  }
}

TEST_CASE("networks: the character model drops nothing in evaluation") {
  Recorded recorded(Mode::evaluate);
  char_rnn(recorded.layers, recorded.op.graph.input("ids", Type::i32, {5, 50}), 83);
  CHECK(recorded.layers.rows().size() == 8);
  for (const Node& node : recorded.op.graph.nodes()) CHECK(node.op->name != "dropout");
}

}  // namespace deepobs
