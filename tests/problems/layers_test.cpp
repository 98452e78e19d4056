#include "problems/network/layers.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kernels/ops/activation/relu.h"
#include "kernels/ops/activation/sigmoid.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/random/dropout.h"
#include "kernels/ops/reduce/l2_penalty.h"
#include "kernels/ops/shape/reshape.h"
#include "kernels/ops/shape/slice.h"
#include "problems/data/dataset_info.h"
#include "problems/problem.h"
#include "tests/golden/hash_values.h"
#include "tests/kernels/harness/run_op.h"
#include "tests/problems/batch_inputs.h"

// The networks against the tables of DeepOBS's appendix, and the way of a parameter across the border.

namespace deepobs {
namespace {

/// A problem recorded on images of its data set.
struct Recorded {
  explicit Recorded(const Problem& problem, std::int64_t batch = 2, Mode mode = Mode::train) : layers(op.graph, mode) {
    outputs = problem.record(layers, batch_inputs(op.graph, problem, batch));
  }
  explicit Recorded(const std::string& problem) : Recorded(find_problem(problem)) {}

  RunOp op;
  Layers layers;
  Outputs outputs;
};

struct Row {
  std::string name, kind, detail;
  Shape output;
  std::int64_t parameters;
};

void check_table(const std::string& problem, const std::vector<Row>& table, std::int64_t total) {
  INFO(problem);
  const Recorded recorded(problem);
  REQUIRE(recorded.layers.rows().size() == table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    const LayerRow& row = recorded.layers.rows()[i];
    INFO(table[i].name);
    CHECK(row.name == table[i].name);
    CHECK(row.kind == table[i].kind);
    CHECK(row.detail == table[i].detail);
    CHECK(row.output == table[i].output);
    CHECK(row.parameters == table[i].parameters);
  }
  CHECK(recorded.op.store.parameter_count() == total);
  CHECK(recorded.outputs.losses.shape() == Shape{2});
  REQUIRE(recorded.outputs.metrics.size() == 1);
  CHECK(recorded.outputs.metrics[0].name == "accuracy");
  CHECK(recorded.outputs.metrics[0].per_example.shape() == Shape{2});
}

/// Names and PyTorch's shapes, in the order of creation.
using Shapes = std::vector<std::pair<std::string, Shape>>;

void check_parameters(const std::string& problem, const Shapes& expected) {
  INFO(problem);
  const Recorded recorded(problem);
  Shapes got;
  for (const auto& parameter : recorded.op.store.parameters()) got.emplace_back(parameter.name, parameter.border.shape);
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CHECK(got[i].first == expected[i].first);
    CHECK(got[i].second == expected[i].second);
  }
  std::vector<std::string> regularised, weights;  // all weights and no bias
  for (const Value& kernel : recorded.layers.kernels()) {
    const auto offset = recorded.op.graph.info(kernel).offset;
    for (const auto& parameter : recorded.op.store.parameters())
      if (parameter.offset == offset) regularised.push_back(parameter.name);
  }
  for (const auto& [name, shape] : expected)
    if (name.ends_with(".weight")) weights.push_back(name);
  CHECK(regularised == weights);
}

const std::vector<Row> logreg_table{{"flatten", "reshape", "", {784}, 0}, {"fc", "dense", "", {10}, 7'850}};
const std::vector<Row> mlp_table{{"flatten", "reshape", "", {784}, 0},
                                 {"fc1", "dense", "ReLU", {1000}, 785'000},
                                 {"fc2", "dense", "ReLU", {500}, 500'500},
                                 {"fc3", "dense", "ReLU", {100}, 50'100},
                                 {"fc4", "dense", "", {10}, 1'010}};
const std::vector<Row> conv_2c2d_table{{"conv1", "conv", "5x5/1, same, ReLU", {32, 28, 28}, 832},
                                       {"pool1", "max pool", "2x2/2, valid", {32, 14, 14}, 0},
                                       {"conv2", "conv", "5x5/1, same, ReLU", {64, 14, 14}, 51'264},
                                       {"pool2", "max pool", "2x2/2, valid", {64, 7, 7}, 0},
                                       {"flatten", "reshape", "", {3136}, 0},
                                       {"fc1", "dense", "ReLU", {1024}, 3'212'288},
                                       {"fc2", "dense", "", {10}, 10'250}};
std::vector<Row> conv_3c3d_table(std::int64_t classes) {
  return {{"conv1", "conv", "5x5/1, valid, ReLU", {64, 28, 28}, 4'864},
          {"pool1", "max pool", "3x3/2, same", {64, 14, 14}, 0},
          {"conv2", "conv", "3x3/1, valid, ReLU", {96, 12, 12}, 55'392},
          {"pool2", "max pool", "3x3/2, same", {96, 6, 6}, 0},
          {"conv3", "conv", "3x3/1, same, ReLU", {128, 6, 6}, 110'720},
          {"pool3", "max pool", "3x3/2, same", {128, 3, 3}, 0},
          {"flatten", "reshape", "", {1152}, 0},
          {"fc1", "dense", "ReLU", {512}, 590'336},
          {"fc2", "dense", "ReLU", {256}, 131'328},
          {"fc3", "dense", "", {classes}, classes == 10 ? 2'570 : 25'700}};
}

TEST_CASE("layers: each problem has the layers and parameter counts of DeepOBS") {
  for (const char* data : {"mnist", "fmnist"}) {
    check_table(text(data, "_logreg"), logreg_table, 7'850);
    check_table(text(data, "_mlp"), mlp_table, 1'336'610);
    check_table(text(data, "_2c2d"), conv_2c2d_table, 3'274'634);
  }
  check_table("cifar10_3c3d", conv_3c3d_table(10), 895'210);
  check_table("cifar100_3c3d", conv_3c3d_table(100), 918'340);
}

TEST_CASE("layers: parameters have PyTorch's names and shapes, in the order of the layers, weights are regularised") {
  for (const char* data : {"mnist", "fmnist"}) {
    check_parameters(text(data, "_logreg"), {{"fc.weight", {10, 784}}, {"fc.bias", {10}}});
    check_parameters(text(data, "_mlp"), {{"fc1.weight", {1000, 784}},
                                          {"fc1.bias", {1000}},
                                          {"fc2.weight", {500, 1000}},
                                          {"fc2.bias", {500}},
                                          {"fc3.weight", {100, 500}},
                                          {"fc3.bias", {100}},
                                          {"fc4.weight", {10, 100}},
                                          {"fc4.bias", {10}}});
    check_parameters(text(data, "_2c2d"), {{"conv1.weight", {32, 1, 5, 5}},
                                           {"conv1.bias", {32}},
                                           {"conv2.weight", {64, 32, 5, 5}},
                                           {"conv2.bias", {64}},
                                           {"fc1.weight", {1024, 3136}},
                                           {"fc1.bias", {1024}},
                                           {"fc2.weight", {10, 1024}},
                                           {"fc2.bias", {10}}});
  }
  for (const std::int64_t classes : {10, 100})
    check_parameters(text("cifar", classes, "_3c3d"), {{"conv1.weight", {64, 3, 5, 5}},
                                                       {"conv1.bias", {64}},
                                                       {"conv2.weight", {96, 64, 3, 3}},
                                                       {"conv2.bias", {96}},
                                                       {"conv3.weight", {128, 96, 3, 3}},
                                                       {"conv3.bias", {128}},
                                                       {"fc1.weight", {512, 1152}},
                                                       {"fc1.bias", {512}},
                                                       {"fc2.weight", {256, 512}},
                                                       {"fc2.bias", {256}},
                                                       {"fc3.weight", {classes, 256}},
                                                       {"fc3.bias", {classes}}});
}

/// What the problem's feed does to images.
GatherImages how_images_are_taken(const Problem& problem, bool as_trained) {
  RunOp op;
  const auto& columns = find_data_set(problem.dataset).columns;
  const std::vector<Value> data{
      op.graph.input("images", Type::u8, {8, columns[0].item[0], columns[0].item[1], columns[0].item[2]}),
      op.graph.input("labels", Type::i32, {8})};
  problem.feed->record(op.graph, {.columns = columns,
                                  .data = data,
                                  .batch = 4,
                                  .order = op.graph.input("order", Type::i32, {8}),
                                  .as_trained = as_trained});
  return op.graph.nodes().front().attributes.as<GatherImages>();
}

TEST_CASE("layers: the problems carry DeepOBS's settings") {
  struct Settings {
    const char *name, *dataset;
    std::optional<double> weight_decay;
    std::optional<std::int64_t> batch, epochs;
    Preprocess training, test;
  };
  const std::optional<double> none;
  const std::optional<std::int64_t> ask;
  const auto scaled = Preprocess::scale, augmented = Preprocess::augment, standardised = Preprocess::standardise;
  const std::vector<Settings> expected{{"cifar100_3c3d", "cifar100", 0.002, ask, ask, augmented, standardised},
                                       {"cifar100_wrn404", "cifar100", 0.0005, ask, ask, augmented, standardised},
                                       {"cifar10_3c3d", "cifar10", 0.002, 128, 100, augmented, standardised},
                                       {"fmnist_2c2d", "fmnist", none, 128, 100, scaled, scaled},
                                       {"fmnist_logreg", "fmnist", none, ask, ask, scaled, scaled},
                                       {"fmnist_mlp", "fmnist", none, 128, 100, scaled, scaled},
                                       {"mnist_2c2d", "mnist", none, 128, 100, scaled, scaled},
                                       {"mnist_logreg", "mnist", none, 128, 50, scaled, scaled},
                                       {"mnist_mlp", "mnist", none, 128, 100, scaled, scaled},
                                       {"quadratic_deep", "quadratic", none, 128, 100, {}, {}},
                                       {"svhn_3c3d", "svhn", 0.002, ask, ask, augmented, standardised},
                                       {"svhn_wrn164", "svhn", 0.0005, 128, 160, augmented, standardised},
                                       {"tolstoi_char_rnn", "tolstoi", none, 50, 200, {}, {}},
                                       {"two_d_beale", "two_d", none, ask, ask, {}, {}},
                                       {"two_d_branin", "two_d", none, ask, ask, {}, {}},
                                       {"two_d_rosenbrock", "two_d", none, ask, ask, {}, {}}};
  REQUIRE(problems().size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Problem& problem = problems()[i];
    INFO(expected[i].name);
    CHECK(problem.name == expected[i].name);
    CHECK(problem.dataset == expected[i].dataset);
    CHECK(problem.weight_decay == expected[i].weight_decay);
    CHECK(problem.batch_size == expected[i].batch);
    CHECK(problem.num_epochs == expected[i].epochs);
    const bool images = find_data_set(problem.dataset).columns[0].type == Type::u8;
    if (problem.name != "tolstoi_char_rnn")
      CHECK(Recorded(problem).outputs.metrics.size() == (images ? 1 : 0));  // the accuracy
    if (!images) continue;
    CHECK(how_images_are_taken(problem, true).preprocess == expected[i].training);
    CHECK(how_images_are_taken(problem, false).preprocess == expected[i].test);
    CHECK(how_images_are_taken(problem, true).flip == (problem.dataset != "svhn"));
    CHECK(how_images_are_taken(problem, true).batch == 4);
  }
}

TEST_CASE("layers: training and evaluation share the parameters") {
  Recorded training("mnist_2c2d");
  const auto count = training.op.store.parameter_count();
  Graph evaluation(training.op.store);
  Layers layers(evaluation, Mode::evaluate);
  const Value images = evaluation.input("more images", Type::f32, {3, 28, 28, 1});
  const Value labels = evaluation.input("more labels", Type::i32, {3});
  find_problem("mnist_2c2d").record(layers, Batch({{"images", images}, {"labels", labels}}));
  CHECK(training.op.store.parameter_count() == count);
}

/// One parameter of a started graph, as the engine keeps it.
std::vector<float> engine_order(const RunOp& op, const Store::Parameter& parameter) {
  std::vector<float> flat(static_cast<std::size_t>(op.store.flat_floats()));
  op.storage->read(Store::parameters_id, std::span(flat));
  const auto begin = flat.begin() + parameter.offset;
  return {begin, begin + parameter.shape.elements()};
}

TEST_CASE("layers: a parameter comes back across the border as it went in") {
  for (const char* name : {"mnist_mlp", "mnist_2c2d", "cifar100_3c3d"}) {
    Recorded recorded(name);
    recorded.op.start();
    const auto parameters = recorded.op.store.parameters();
    const auto values = [&](std::size_t i) {
      return hash_scaled(i, static_cast<std::size_t>(parameters[i].shape.elements()));
    };
    for (std::size_t i = 0; i < parameters.size(); ++i) recorded.op.storage->set_parameter(parameters[i], values(i));
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      INFO(name, ' ', parameters[i].name);
      CHECK(recorded.op.storage->parameter(parameters[i]) == values(i));
    }
  }
}

TEST_CASE("layers: PyTorch's element [o, i, y, x] of a convolution is the engine's [y, x, i, o]") {
  RunOp op;
  Layers layers(op.graph, Mode::train);
  const Value x = op.graph.input("x", Type::f32, {1, 6, 6, 3});
  layers.conv("conv", x, {.channels = 4, .kernel = 2});
  op.start();
  const Store::Parameter& weight = op.store.parameters()[0];
  const auto values = hash_scaled(1, 4 * 3 * 2 * 2);
  op.storage->set_parameter(weight, values);
  const auto engine = engine_order(op, weight);
  for (std::size_t o = 0; o < 4; ++o)
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t ky = 0; ky < 2; ++ky)
        for (std::size_t kx = 0; kx < 2; ++kx)
          CHECK(engine[((ky * 2 + kx) * 3 + i) * 4 + o] == values[((o * 3 + i) * 2 + ky) * 2 + kx]);
}

TEST_CASE("layers: a convolution may be wider than high, and go without a bias") {
  RunOp op;
  Layers layers(op.graph, Mode::train);
  const Value x = op.graph.input("x", Type::f32, {1, 4, 9, 3});
  const Value y = layers.conv("conv", x, {.channels = 2, .kernel = {1, 7}, .stride = {1, 2}, .bias = {}});
  CHECK(y.shape() == Shape{1, 4, 2, 2});
  layers.max_pool("pool", y, {2, 1}, {2, 1});
  layers.dense("fc", layers.flatten(y), {.units = 5, .bias = {}});
  CHECK(layers.rows()[0].detail == "1x7/1x2, valid, ReLU");
  CHECK(layers.rows()[0].parameters == 2 * 3 * 7);
  CHECK(layers.rows()[1].detail == "2x1/2x1, valid");
  CHECK(layers.rows()[3].parameters == 5 * 16);
  op.start();
  REQUIRE(op.store.parameters().size() == 2);
  const Store::Parameter& weight = op.store.parameters()[0];
  CHECK(weight.border.shape == Shape{2, 3, 1, 7});
  const auto values = hash_scaled(1, 2 * 3 * 7);
  op.storage->set_parameter(weight, values);
  const auto engine = engine_order(op, weight);
  for (std::size_t o = 0; o < 2; ++o)
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t kx = 0; kx < 7; ++kx) CHECK(engine[(kx * 3 + i) * 2 + o] == values[(o * 3 + i) * 7 + kx]);
}

TEST_CASE("layers: behind a flatten PyTorch counts inputs as (c, y, x), the engine as (y, x, c), elsewhere alike") {
  RunOp op;
  Layers layers(op.graph, Mode::train);
  const Value x = op.graph.input("x", Type::f32, {1, 2, 3, 4});
  const Value y = layers.dense("behind", layers.flatten(x), {.units = 5});
  layers.dense("elsewhere", y, {.units = 2});
  op.start();
  const Store::Parameter &behind = op.store.parameters()[0], &elsewhere = op.store.parameters()[2];
  const auto values = hash_scaled(1, 5 * 24), more = hash_scaled(2, 2 * 5);
  op.storage->set_parameter(behind, values);
  op.storage->set_parameter(elsewhere, more);
  const auto engine = engine_order(op, behind), engine_more = engine_order(op, elsewhere);
  for (std::size_t o = 0; o < 5; ++o)
    for (std::size_t c = 0; c < 4; ++c)
      for (std::size_t h = 0; h < 2; ++h)
        for (std::size_t w = 0; w < 3; ++w)
          CHECK(engine[((h * 3 + w) * 4 + c) * 5 + o] == values[o * 24 + (c * 2 + h) * 3 + w]);
  for (std::size_t o = 0; o < 2; ++o)
    for (std::size_t i = 0; i < 5; ++i) CHECK(engine_more[i * 2 + o] == more[o * 5 + i]);
}

/// Whether a dense layer over 2 x 3 images of 4 channels keeps its inputs in files as (c, y, x).
bool counts_by_channel(const std::function<Value(Layers&, Value images)>& features) {
  RunOp op;
  Layers layers(op.graph, Mode::train);
  layers.dense("dense", features(layers, op.graph.input("x", Type::f32, {2, 2, 3, 4})), {.units = 5});
  const auto parameters = op.store.parameters();
  const auto at = std::ranges::find(parameters, "dense.weight", &Store::Parameter::name);
  REQUIRE(at != parameters.end());
  return at->border.extents == std::vector<std::int64_t>{5, 4, 2, 3};
}

TEST_CASE("layers: the order of images stays known behind what is done to each number of a flatten, not behind a mix") {
  CHECK(counts_by_channel([](Layers& layers, Value x) { return layers.flatten(x); }));
  CHECK(counts_by_channel([](Layers& layers, Value x) { return dropout(layers.flatten(x), 0.5, 1); }));
  CHECK(counts_by_channel([](Layers& layers, Value x) { return relu(scale(dropout(layers.flatten(x), 0.5, 1), 2.)); }));
  CHECK(counts_by_channel([](Layers&, Value x) { return sigmoid(reshape(relu(x), {2, 24})); }));
  CHECK_FALSE(counts_by_channel(
      [](Layers& layers, Value x) { return dropout(layers.dense("mix", layers.flatten(x), {.units = 24}), 0.5, 1); }));
  CHECK_FALSE(counts_by_channel([](Layers& layers, Value x) { return reshape(layers.flatten(x), {4, 12}); }));
  // A part of the images is no order of all of them.
  CHECK_FALSE(counts_by_channel([](Layers&, Value x) { return slice(reshape(x, {2, 24}), 0, 0, 1); }));
}

TEST_CASE("layers: SAME pooling has its surplus row and column below and to the right") {
  // 3x3/2 over 4x4: the last window sees rows and columns 2 and 3 alone, the first one 0, 1 and 2.
  RunOp op;
  Layers layers(op.graph, Mode::evaluate);
  const Value x = op.graph.input("x", Type::f32, {1, 4, 4, 1});
  const Value y = layers.max_pool("pool", x, 3, 2, Pad::same);
  op.graph.keep(y);
  op.start();
  std::vector<float> image(16);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<float>(i) - 100;  // padding must never win
  op.write("x", image);
  CHECK(op.run<float>(y) == std::vector<float>{10 - 100, 11 - 100, 14 - 100, 15 - 100});
}

TEST_CASE("layers: a convolution and its pool in one call are the two layers, in training and in evaluation") {
  const Layers::Conv conv{.channels = 5, .kernel = 3, .pad = Pad::same};
  for (const Mode mode : {Mode::train, Mode::evaluate}) {
    std::vector<std::vector<float>> results;
    std::vector<std::vector<LayerRow>> tables;
    for (const bool one : {true, false}) {
      RunOp op;
      Layers layers(op.graph, mode);
      const Value x = op.graph.input("x", Type::f32, {2, 7, 6, 3});
      const Value y = one ? layers.conv_max_pool("conv", x, conv, {"pool", 3, 2, Pad::same})
                          : layers.max_pool("pool", layers.conv("conv", x, conv), 3, 2, Pad::same);
      CHECK(layers.kernels().size() == 1);
      op.graph.keep(y);
      op.start();
      op.write("x", hash_scaled(1, 2 * 7 * 6 * 3));
      op.storage->set_parameter(op.store.parameters()[0], hash_scaled(2, 5 * 3 * 3 * 3));
      op.storage->set_parameter(op.store.parameters()[1], hash_scaled(3, 5));
      results.push_back(op.run<float>(y));
      tables.push_back(layers.rows());
    }
    CHECK(results[0] == results[1]);
    REQUIRE(tables[0].size() == 2);
    REQUIRE(tables[1].size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(tables[0][i].name == tables[1][i].name);
      CHECK(tables[0][i].kind == tables[1][i].kind);
      CHECK(tables[0][i].detail == tables[1][i].detail);
      CHECK(tables[0][i].output == tables[1][i].output);
      CHECK(tables[0][i].parameters == tables[1][i].parameters);
    }
  }
}

TEST_CASE("layers: SAME convolution is centred for odd kernels") {
  RunOp op;
  Layers layers(op.graph, Mode::evaluate);
  const Value x = op.graph.input("x", Type::f32, {1, 6, 6, 1});
  const Value y =
      layers.conv("conv", x, {.channels = 1, .kernel = 5, .pad = Pad::same, .activation = Activation::none});
  op.graph.keep(y);
  op.start();
  std::vector<float> image(36), kernel(25, 0.f);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<float>(i) - 10;
  kernel[12] = 1;  // the middle: the convolution is the identity
  op.write("x", image);
  op.storage->set_parameter(op.store.parameters()[0], kernel);
  op.storage->set_parameter(op.store.parameters()[1], std::vector<float>{0.f});
  CHECK(op.run<float>(y) == image);
}

}  // namespace
}  // namespace deepobs
