#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/run/program.h"
#include "kernels/backward.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/gather/embedding.h"
#include "kernels/ops/norm/batch_norm.h"
#include "kernels/ops/recurrent/lstm.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/ops/state/carry.h"
#include "tests/golden/golden_problem.h"
#include "tests/kernels/harness/every_device.h"

namespace deepobs {
namespace {

/// [rows, columns] as [columns, rows].
std::vector<float> transposed(const std::vector<float>& from, std::size_t rows) {
  std::vector<float> to;
  for (std::size_t c = 0; c < from.size() / rows; ++c)
    for (std::size_t r = 0; r < rows; ++r) to.push_back(from[r * (from.size() / rows) + c]);
  return to;
}

void check_near(const std::vector<float>& made, const nlohmann::json& golden, const std::string& what) {
  CAPTURE(what);
  const auto expected = golden.get<std::vector<double>>();
  REQUIRE(made.size() == expected.size());
  double largest = 0., error = 0.;
  for (std::size_t i = 0; i < made.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    error = std::max(error, std::abs(static_cast<double>(made[i]) - expected[i]));
  }
  CHECK(error <= 1e-6 * largest);  // some ten roundings of 6e-8
}

/// A case of layers.json, recorded and run: operands by their names there.
class GoldenLayer {
 public:
  GoldenLayer(const nlohmann::json& golden, Device& device) : golden_(golden), device_(device) {}

  Store store;
  Graph graph{store};

  std::vector<float> operand(const std::string& name, std::int64_t count, float scale = 1.f) const {
    return hash_scaled(golden_["streams"][name], static_cast<std::size_t>(count), scale);
  }
  Value wanted(const std::string& name, const Shape& shape) { return graph.parameter(name, shape, {}); }
  Value given(const std::string& name, const Shape& shape) { return graph.input(name, Type::f32, shape); }

  /// sum of y * dy, dy being the operand of that name.
  Value weighted(Value y, const std::string& name) { return sum(multiply(y, given(name, y.shape()))); }

  void start() {
    plan_ = make_plan(graph);
    storage_ = std::make_unique<Storage>(device_, store);
    program_ = std::make_unique<Program>(graph, plan_, *storage_);
  }

  void write(const std::string& name, const std::vector<float>& numbers) {
    for (const auto& parameter : store.parameters())
      if (parameter.name == name) return storage_->set_parameter(parameter, numbers);
    storage_->write<float>(store.find(name), numbers);
  }
  void write(const std::string& name, const std::vector<std::int32_t>& numbers) {
    storage_->write<std::int32_t>(store.find(name), numbers);
  }
  void run() { program_->run({}); }

  std::vector<float> read(Value value) const {
    std::vector<float> numbers(static_cast<std::size_t>(value.shape().elements()));
    program_->read<float>(value, numbers);
    return numbers;
  }
  std::vector<float> buffer(const std::string& name) const {
    const int id = store.find(name);
    std::vector<float> numbers(static_cast<std::size_t>(store.buffer(id).shape.elements()));
    storage_->read<float>(id, numbers);
    return numbers;
  }
  /// As the engine keeps it.
  std::vector<float> gradient(const std::string& name) const {
    std::vector<float> all(static_cast<std::size_t>(store.flat_floats()));
    storage_->read<float>(Store::gradients_id, all);
    for (const auto& parameter : store.parameters())
      if (parameter.name == name)
        return {all.begin() + parameter.offset, all.begin() + parameter.offset + parameter.shape.elements()};
    return {};
  }

 private:
  const nlohmann::json& golden_;
  Device& device_;
  Plan plan_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<Program> program_;
};

}  // namespace

TEST_CASE("batch norm: PyTorch's numbers in training and evaluation") {
  const auto file = golden_file("layers.json");
  for (const auto& [where, device] : test::every_device())
    for (const auto& golden : file["batch_norm"]) {
      CAPTURE(where);
      const Shape shape(golden["shape"].get<std::vector<std::int64_t>>());
      const Shape row{shape[shape.rank() - 1]};
      GoldenLayer layer(golden, *device);
      const Value x = layer.wanted("x", shape), weight = layer.wanted("weight", row), bias = layer.wanted("bias", row);
      const Value mean = layer.graph.buffer(layer.store.buffer({.name = "mean", .shape = row, .fill = 0.}));
      const Value variance = layer.graph.buffer(layer.store.buffer({.name = "variance", .shape = row, .fill = 1.}));
      const BatchNorm options{.eps = golden["eps"]};
      const BatchNormed normed = batch_norm(x, weight, bias, options);
      const Value first = layer.given("first", shape);
      track_statistics(normed, mean, variance, golden["momentum"]);
      const Value evaluated = batch_norm_by(first, weight, bias, mean, variance, options);
      backward(layer.weighted(normed.y, "dy"));
      layer.graph.keep(normed.y);
      layer.graph.keep(evaluated);
      layer.start();
      layer.write("weight", layer.operand("weight", row.elements()));
      layer.write("bias", layer.operand("bias", row.elements()));
      layer.write("dy", layer.operand("dy", shape.elements()));
      layer.write("first", layer.operand("x0", shape.elements()));
      for (int k = 0; k < 3; ++k) {
        layer.write("x", layer.operand(text("x", k), shape.elements(), 1.f + static_cast<float>(k)));
        layer.run();
      }
      check_near(layer.read(normed.y), golden["y"], "y");
      for (const char* name : {"x", "weight", "bias"})
        check_near(layer.gradient(name), golden[std::string("d") + name], name);
      check_near(layer.buffer("mean"), golden["running_mean"], "running mean");
      check_near(layer.buffer("variance"), golden["running_var"], "running variance");
      check_near(layer.read(evaluated), golden["evaluated"], "in evaluation");
    }
}

TEST_CASE("lstm: PyTorch's numbers, of a mini-batch and of the next one with the carried state") {
  const auto file = golden_file("layers.json");
  for (const auto& [where, device] : test::every_device())
    for (const auto& golden : file["lstm"]) {
      CAPTURE(where);
      const std::int64_t n = golden["sequences"], t = golden["steps"], d = golden["features"], h = golden["units"];
      GoldenLayer layer(golden, *device);
      const Value x = layer.wanted("x", {n, t, d});
      const LstmParameters parameters{layer.wanted("weight_ih", {d, 4 * h}), layer.wanted("weight_hh", {h, 4 * h}),
                                      layer.wanted("bias", {4 * h})};
      const Value h0 = layer.given("h0", {n, h}), c0 = layer.given("c0", {n, h});
      const LstmOutput made = lstm(x, parameters, h0, c0, {.forget_bias = golden["forget_bias"]});
      carry(made.h, h0);  // before the gradient is computed, which must not read the new state
      carry(made.c, c0);
      const std::array objectives{layer.weighted(made.y, "dy"), layer.weighted(made.h, "dh"),
                                  layer.weighted(made.c, "dc")};
      backward(sum_of(objectives));
      layer.graph.keep(made.y);
      layer.start();
      const float scale = golden["weight_scale"];
      const auto rows = static_cast<std::size_t>(4 * h);
      layer.write("weight_ih", transposed(layer.operand("weight_ih", 4 * h * d, scale), rows));
      layer.write("weight_hh", transposed(layer.operand("weight_hh", 4 * h * h, scale), rows));
      layer.write("bias", layer.operand("bias", 4 * h));
      for (const char* name : {"h0", "c0", "dh", "dc"}) layer.write(name, layer.operand(name, n * h));
      layer.write("dy", layer.operand("dy", n * t * h));
      for (int k = 0; k < 2; ++k) {
        const auto& expected = golden[k == 0 ? "first" : "second"];
        layer.write("x", layer.operand(text("x", k), n * t * d));
        layer.run();
        check_near(layer.read(made.y), expected["y"], "y");
        check_near(layer.buffer("h0"), expected["h"], "carried h");
        check_near(layer.buffer("c0"), expected["c"], "carried c");
        check_near(layer.gradient("x"), expected["dx"], "dx");
        check_near(layer.gradient("bias"), expected["dbias"], "dbias");
        check_near(transposed(layer.gradient("weight_ih"), static_cast<std::size_t>(d)), expected["dweight_ih"],
                   "dweight_ih");
        check_near(transposed(layer.gradient("weight_hh"), static_cast<std::size_t>(h)), expected["dweight_hh"],
                   "dweight_hh");
      }
    }
}

TEST_CASE("embedding: PyTorch's numbers") {
  const auto file = golden_file("layers.json");
  for (const auto& [where, device] : test::every_device())
    for (const auto& golden : file["embedding"]) {
      CAPTURE(where);
      const Shape shape(golden["shape"].get<std::vector<std::int64_t>>());
      const std::int64_t rows = golden["rows"], width = golden["width"];
      GoldenLayer layer(golden, *device);
      const Value ids = layer.graph.input("ids", Type::i32, shape), table = layer.wanted("table", {rows, width});
      const Value y = embedding(ids, table);
      backward(layer.weighted(y, "dy"));
      layer.graph.keep(y);
      layer.start();
      layer.write("table", layer.operand("table", rows * width));
      layer.write("dy", layer.operand("dy", y.shape().elements()));
      layer.write("ids", hash_labels(golden["streams"]["ids"], static_cast<std::size_t>(shape.elements()),
                                     static_cast<std::int32_t>(rows)));
      layer.run();
      check_near(layer.read(y), golden["y"], "y");
      check_near(layer.gradient("table"), golden["dtable"], "dtable");
    }
}

}  // namespace deepobs
