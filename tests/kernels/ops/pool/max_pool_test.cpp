#include "kernels/ops/pool/max_pool.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/backward.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/reduce/reduce.h"
#include "tests/golden/hash_values.h"
#include "tests/gpus_under_test.h"
#include "tests/kernels/harness/run_op.h"
#include "tests/kernels/ops/pool/pool_cases.h"

namespace deepobs {
namespace {

/// y, and how often each pixel of x is the winner: the gradient of the sum of y.
struct Pooled {
  std::vector<float> y, wins;
};

Pooled pooled(const Shape& shape, const std::vector<float>& x, const Window& window, Isa isa) {
  RunOp op;
  const Value y = max_pool(op.graph.parameter("x", shape, {}), window);
  op.graph.keep(y);
  backward(sum(y));
  op.start({.threads = 1, .isa = isa});
  const auto& parameter = op.store.parameters()[0];
  op.storage->set_parameter(parameter, x);
  auto values = op.run<float>(y);
  return {values, op.storage->gradient(parameter)};
}

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

/// The op and the gradient of sum_i w[i] y[i] on a device.
std::vector<std::vector<float>> results_on(std::unique_ptr<Device> device, const PoolCase& p,
                                           const std::vector<float>& numbers) {
  Store store;
  Graph graph(store);
  const Value x = graph.parameter("x", p.x, {}), y = max_pool(x, p.window);
  const Value w = graph.input("w", Type::f32, p.output_shape());
  graph.keep(y);
  backward(sum(multiply(y, w)));
  const Plan plan = make_plan(graph);
  Storage storage(*device, store);
  Program program(graph, plan, storage);
  storage.set_parameter(store.parameters()[0], numbers);
  const auto weights = hash_scaled(5, static_cast<std::size_t>(y.shape().elements()));
  storage.write(store.find("w"), std::span<const float>(weights));
  program.run({});
  std::vector<float> result(weights.size());
  program.read<float>(y, result);
  return {result, storage.gradient(store.parameters()[0])};
}

/// Equal, or both NaN; zeros must have the same sign.
bool same(float a, float b) { return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b); }

}  // namespace

TEST_CASE("max_pool on a GPU has the CPU's winners among equal, infinite and missing numbers, and the CPU's sums") {
  const float odd[] = {0.f, -0.f, 1.f, 1.f, -infinity, -infinity, infinity, nan, -2.f, 0x1p-149f};
  for (const auto& gpu : gpus_under_test())
    for (const auto& p : pool_cases()) {
      CAPTURE(gpu.name);
      CAPTURE(text(p.x));
      std::vector<float> x;
      for (std::int64_t i = 0; i < p.x.elements(); ++i) {
        const std::uint64_t bits = hash_bits(3, static_cast<std::uint64_t>(i));
        x.push_back(bits % 5 == 0 ? -infinity : odd[bits / 8 % std::size(odd)]);
      }
      const auto wanted = results_on(cpu_device({.threads = 1}), p, x), got = results_on(gpu.device(), p, x);
      CHECK(std::ranges::equal(got[0], wanted[0], same));
      CHECK(std::ranges::equal(got[1], wanted[1], same));
    }
}

TEST_CASE("max_pool is the largest pixel under the window") {
  for (const auto& p : pool_cases())
    check({.name = "max_pool",
           .inputs = {{p.x, distinct_values()}},
           .build =
               [&](Graph&, auto in) {
                 const Value y = max_pool(in[0], p.window);
                 if (in[0].shape() == p.x) CHECK(y.shape() == p.output_shape());
                 return y;
               },
           .formula =
               [&](auto in) {
                 return over_windows(p, in[0], [](const auto& pixels) { return *std::ranges::max_element(pixels); });
               },
           // One winner a window; contributions of several windows are added.
           .gradient = {.units = windows_at_a_pixel(p.window) - 1.}});
}

TEST_CASE("max_pool on enough rows for several tasks") {
  const PoolCase p{{5, 40, 40, 17}, {.kernel = 3, .stride = 2, .pad = Pad::same}, {0, 1, 0, 1}, {20, 20}};
  check({.name = "max_pool",
         .inputs = {{p.x, distinct_values()}},
         .build = [&](Graph&, auto in) { return max_pool(in[0], p.window); },
         .formula =
             [&](auto in) {
               return over_windows(p, in[0], [](const auto& pixels) { return *std::ranges::max_element(pixels); });
             },
         .gradient = {.units = 3.}});
}

TEST_CASE("max_pool: of equal values the first wins, row by row") {
  for (const Isa isa : isas()) {
    INFO(std::string(name_of(isa)));
    // 17 channels: whole vectors and the overlap behind them.
    const std::int64_t channels = 17;
    const auto result =
        pooled({1, 4, 4, channels}, std::vector<float>(16 * channels, 2.f), {.kernel = 2, .stride = 2}, isa);
    for (std::int64_t pixel = 0; pixel < 16; ++pixel)
      for (std::int64_t c = 0; c < channels; ++c) {
        const bool first = pixel / 4 % 2 == 0 && pixel % 2 == 0;
        CHECK(result.wins[static_cast<std::size_t>(pixel * channels + c)] == (first ? 1.f : 0.f));
      }
    // Zeros of either sign are equal.
    CHECK(pooled({1, 1, 3, 1}, {-0.f, 0.f, -0.f}, {.kernel = {1, 3}}, isa).wins == std::vector<float>{1, 0, 0});
  }
}

TEST_CASE("max_pool: padding never wins") {
  for (const Isa isa : isas()) {
    const Window same{.kernel = 3, .stride = 1, .pad = Pad::same};
    CHECK(pooled({1, 2, 2, 1}, {-4.f, -3.f, -2.f, -1.f}, same, isa).y == std::vector<float>(4, -1.f));
    const auto lowest = pooled({1, 2, 2, 1}, std::vector<float>(4, -infinity), same, isa);
    CHECK(lowest.y == std::vector<float>(4, -infinity));
    CHECK(lowest.wins == std::vector<float>{4, 0, 0, 0});
  }
}

TEST_CASE("max_pool: a NaN under the window wins, wherever it stands") {
  for (const Isa isa : isas())
    for (std::size_t at = 0; at < 9; ++at)
      for (const std::int64_t channels : {1, 17}) {
        std::vector<float> x(static_cast<std::size_t>(9 * channels), 1.f);
        x[4 * static_cast<std::size_t>(channels)] = infinity;
        x[at * static_cast<std::size_t>(channels)] = nan;  // channel 0 alone
        const auto result = pooled({1, 3, 3, channels}, x, {.kernel = 3}, isa);
        CHECK(std::isnan(result.y[0]));
        CHECK(result.wins[at * static_cast<std::size_t>(channels)] == 1.f);
        for (std::size_t c = 1; c < static_cast<std::size_t>(channels); ++c) CHECK(result.y[c] == 1.f);
      }
  // Of several the last, as PyTorch has it.
  CHECK(pooled({1, 1, 4, 1}, {nan, 5.f, nan, 7.f}, {.kernel = {1, 4}}, best_isa()).wins ==
        std::vector<float>{0, 0, 1, 0});
}

}  // namespace deepobs
