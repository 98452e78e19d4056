#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "engine/run/program.h"
#include "kernels/backward.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/reduce/reduce.h"
#include "tests/emulated_gpu.h"
#include "tests/kernels/harness/op_case.h"

// A dense layer on a GPU can be computed in several ways (kernels/cuda/product/product.h). linear_test.cpp takes what
// is the fastest; here the emulated cuBLASLt has nothing but one kind at a time, so every way computes every product
// once.

namespace deepobs {
namespace {

struct Way {
  long products;      ///< what cuBLASLt has: deepobs_emulate("products")
  std::string words;  ///< of a layer with relu and many terms; with the alignments that it relies on
};
const std::vector<Way> ways{{4, "1-40404040-0-0-0-0-0-0+bias+relu"},  // the third would be faster, and loses NaNs
                            {2, "3-40404040-0-0-0-0-0-0+bias"},
                            {1, "1 parts of 3-40404040-"},
                            {8, "2 parts of 3-40400808-"},
                            {16, "4 parts of 3-40400808-"},
                            {32, "8 parts of 3-40400808-"},
                            {64, "16 parts of 3-40400808-"},
                            {0, "loop of deepobs"}};

std::vector<double> dense(const DoubleTensor& x, const DoubleTensor& w, const DoubleTensor& b, bool relu) {
  const std::int64_t n = x.shape[0], f = x.shape[1], k = w.shape[1];
  std::vector<double> y;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < k; ++j) {
      double sum = b[j];
      for (std::int64_t l = 0; l < f; ++l) sum += x[i * f + l] * w[l * k + j];
      y.push_back(relu ? std::max(sum, 0.) : sum);
    }
  return y;
}

/// x [n, f] to [n, k]; the sums before a relu are clear of its kink.
OpCase layer(std::int64_t n, std::int64_t f, std::int64_t k, bool relu) {
  const Formula formula = [relu](auto in) { return dense(in[0], in[1], in[2], relu); };
  OpCase made{.name = relu ? "layer with relu" : "layer",
              .inputs = {{{n, f}}, {{f, k}}, {{k}}},
              .build = [relu](Graph&, auto in) { return linear(in[0], in[1], in[2], {.relu = relu}); },
              .formula = formula,
              .forward = {.units = 24., .scale = on_absolute_inputs(formula)},
              .gradient = {.units = 24.},
              .difference_step = relu ? 0x1p-13 : 1.,
              .exact_on_integers = !relu};
  if (relu) {
    made.inputs[0].fill = made.inputs[1].fill = uniform_values(-0x1p-5, 0x1p-5);
    made.inputs[2].fill = [](std::uint64_t, std::int64_t i) { return i % 2 == 0 ? 1. : -1.; };
  }
  return made;
}

/// Two layers, so that the data gradient of the second has a gate, which is not always open.
OpCase gated(std::int64_t n, std::int64_t f, std::int64_t hidden, std::int64_t k) {
  const Formula formula = [n, hidden](auto in) {
    return dense({{n, hidden}, dense(in[0], in[1], in[2], true)}, in[3], in[4], false);
  };
  OpCase made{
      .name = "two layers",
      .inputs = {{{n, f}}, {{f, hidden}}, {{hidden}}, {{hidden, k}}, {{k}}},
      .build = [](Graph&, auto in) { return linear(linear(in[0], in[1], in[2], {.relu = true}), in[3], in[4]); },
      .formula = formula,
      .forward = {.units = 48., .scale = on_absolute_inputs(formula)},
      .gradient = {.units = 48.}};
  made.inputs[0].fill = made.inputs[1].fill = uniform_values(-0x1p-3, 0x1p-3);
  made.inputs[2].fill = [](std::uint64_t, std::int64_t i) { return i % 2 == 0 ? 1. : -1.; };
  return made;
}

TEST_CASE("gpu product: every way computes layers, their gradients, gates and relus within the same bounds") {
  if (emulation_is_missing()) return;
  for (const auto& way : ways) {
    CAPTURE(way.words);
    const Emulated machine("products", way.products);
    check(layer(3, 256, 5, true));    // many terms forward
    check(layer(2, 3, 256, false));   // in the data gradient
    check(layer(256, 2, 3, false));   // in the weight gradient
    check(layer(17, 19, 33, false));  // in none; more than one tile of the loop
    check(gated(3, 4, 5, 256));
  }
}

TEST_CASE("gpu product: where cuBLASLt has nothing, the shapes of linear_test.cpp are computed all the same") {
  if (emulation_is_missing()) return;
  const Emulated machine("products", 0);
  for (const auto& [n, f, k] : {std::array<std::int64_t, 3>{1, 1, 1},
                                {1, 784, 10},
                                {3, 17, 33},
                                {17, 3, 1},
                                {64, 1, 65},
                                {5, 129, 31},
                                {33, 200, 48}})
    check(layer(n, f, k, false));
  for (const std::int64_t k : {1, 6, 33}) check(layer(7, 3, k, true));
}

TEST_CASE("gpu product: without terms there is the bias, and its relu") {
  for (const auto& gpu : gpus_under_test()) {
    Store store;
    Graph graph(store);
    const Value y = linear(graph.input("x", Type::f32, {2, 0}), graph.input("w", Type::f32, {0, 3}),
                           graph.input("b", Type::f32, {3}), {.relu = true});
    graph.keep(y);
    const auto device = gpu.device();
    const Plan plan = make_plan(graph);
    Storage storage(*device, store);
    storage.write<float>(store.find("b"), std::vector{-1.f, 2.f, std::numeric_limits<float>::quiet_NaN()});
    Program program(graph, plan, storage);
    program.run({});
    std::vector<float> got(6);
    program.read<float>(y, got);
    for (const std::size_t row : {0, 3}) {
      CHECK(got[row] == 0.f);
      CHECK(got[row + 1] == 2.f);
      CHECK(std::isnan(got[row + 2]));
    }
  }
  if (gpus_under_test().empty()) MESSAGE("skipped: ", why_no_real_gpu());
}

/// Two layers of 256 terms forward and in the second's gated data gradient.
struct TwoLayers {
  TwoLayers() : device(cuda_device({.library = emulated_cuda_library()})) {
    x = graph.parameter("x", {2, 256}, {});
    const Value w = graph.parameter("w", {256, 3}, {}), b = graph.parameter("b", {3}, {});
    hidden = linear(x, w, b, {.relu = true});
    const Value v = graph.parameter("v", {3, 256}, {}), c = graph.parameter("c", {256}, {});
    graph.keep(hidden);
    backward(sum(linear(hidden, v, c)));
    plan = make_plan(graph);
    storage = std::make_unique<Storage>(*device, store);
    program = std::make_unique<Program>(graph, plan, *storage);
  }
  const Store::Parameter& parameter(const std::string& name) const {
    return *std::ranges::find(store.parameters(), name, &Store::Parameter::name);
  }
  void set(const std::string& name, std::vector<float> values) { storage->set_parameter(parameter(name), values); }

  Store store;
  Graph graph{store};
  std::unique_ptr<Device> device;
  Value x, hidden;
  Plan plan;
  std::unique_ptr<Storage> storage;
  std::unique_ptr<Program> program;
};

TEST_CASE("gpu product: a NaN passes relu and gate, an infinity stays one, and the way is in the device's list") {
  if (emulation_is_missing()) return;
  constexpr float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  for (const auto& way : ways) {
    CAPTURE(way.words);
    const Emulated machine("products", way.products);
    TwoLayers net;
    std::vector<float> x(512, 1.f);
    x[300] = nan;  // in the second row
    net.set("x", x);
    net.set("w", std::vector<float>(768, 1.f));
    net.set("b", {-300.f, 0.5f, infinity});
    net.set("v", std::vector<float>(768, 2.f));
    net.set("c", std::vector<float>(256, 0.f));
    net.program->run({});
    std::vector<float> hidden(6);
    net.program->read<float>(net.hidden, hidden);
    CHECK(hidden[0] == 0.f);
    CHECK(hidden[1] == 256.5f);
    CHECK(hidden[2] == infinity);
    for (int i = 3; i < 6; ++i) CHECK(std::isnan(hidden[static_cast<std::size_t>(i)]));
    // Each row gives 256 * 2 where its gate is open; a gate that is a NaN is.
    CHECK(net.storage->gradient(net.parameter("b")) == std::vector<float>{512.f, 1024.f, 1024.f});
    const auto lines = net.device->info().algorithms;
    const auto of = [&](const std::string& what) {
      const auto at = std::ranges::find_if(lines, [&](const std::string& line) { return line.starts_with(what); });
      REQUIRE(at != lines.end());
      return at->substr(at->find("]: ") + 3);
    };
    CHECK(of("product 2x256x3 ab+bias+relu fp32 [").starts_with(way.words));
    const std::string gradient = of("product 2x256x3 ab'+gate fp32 [");
    if (way.products >= 8) CHECK(gradient.starts_with(way.words.substr(0, 10)));
    if (way.products == 0) CHECK(gradient == way.words);
  }
}

TEST_CASE("gpu product: of everything the fastest is taken, with all that it needs, and the times are told") {
  if (emulation_is_missing()) return;
  const DeviceInfo info = TwoLayers().device->info();
  const std::string what = "product 2x256x3 ab+bias+relu fp32: ";
  const auto at =
      std::ranges::find_if(info.algorithm_times, [&](const std::string& line) { return line.starts_with(what); });
  REQUIRE(at != info.algorithm_times.end());
  // 10 us and 1536 terms in 30.72 more, 0.9 of that and half for four parts, and 2 for the pass behind it. Twenty:
  // three algorithms with a bias and for five numbers of parts, and two whose relu keeps NaNs.
  CHECK(*at ==
        what +
            "20.3 us by 4 parts of 3-40400808-0-0-0-0-0-0; 22.0 us by 4 parts of 2-40400808-0-0-0-0-0-0; 22.4 us "
            "by 4 parts of 1-40400808-0-0-0-0-0-0; 20 measured");
}

}  // namespace
}  // namespace deepobs
