#include "kernels/ops/random/dropout.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/tensor/random.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {
namespace {

/// Whether element i is dropped, as the header says.
bool dropped(const StepBlock& step, std::uint32_t sub_stream, double rate, std::int64_t i) {
  const auto words = random_words(step.seed, Stream::dropout, sub_stream, static_cast<std::uint64_t>(step.step),
                                  static_cast<std::uint32_t>(i / 4));
  return static_cast<double>(uniform(words[static_cast<std::size_t>(i % 4)])) <
         static_cast<double>(static_cast<float>(rate));
}

OpCase dropout_case(std::int64_t size, double rate, std::uint32_t sub_stream, const StepBlock& step) {
  return {.name = "dropout",
          .inputs = {{{size}}},
          .build = [=](Graph&, auto in) { return dropout(in[0], rate, sub_stream); },
          .formula =
              [=](auto in) {
                std::vector<double> y = in[0].data;
                for (std::int64_t i = 0; i < size; ++i)
                  y[static_cast<std::size_t>(i)] *= dropped(step, sub_stream, rate, i)
                                                        ? 0.
                                                        : 1. / (1. - static_cast<double>(static_cast<float>(rate)));
                return y;
              },
          .forward = {.units = 2.},
          .gradient = {.units = 2.},
          .difference_step = 1.,
          .step = step};
}

}  // namespace

TEST_CASE("dropout keeps and drops as its random numbers say") {
  for (const auto size : awkward_sizes) check(dropout_case(size, 0.3, 5, {.seed = 42, .step = 7}));
  check(dropout_case(1001, 0.5, 0, {.seed = 0, .step = 0}));
  check(dropout_case(1001, 0.999, 4095, {.seed = ~std::uint64_t{0}, .step = std::int64_t{1} << 40}));
}

TEST_CASE("dropout compares with the rate exactly") {
  // The upper 24 bits of the word of element 153 are 0, which is below any rate but 0.
  constexpr StepBlock step{.seed = 42, .step = 11010};
  REQUIRE(dropped(step, 5, 1e-9, 153));
  REQUIRE_FALSE(dropped(step, 5, 1e-9, 152));
  check(dropout_case(1001, 1e-9, 5, step));
  check(dropout_case(1001, 1. - 0x1p-24, 5, step));
}

TEST_CASE("dropout of rate 0 changes nothing") {
  OpCase none = dropout_case(1001, 0., 5, {.seed = 42, .step = 7});
  none.formula = [](auto in) { return in[0].data; };
  none.forward = {};
  check(none);
}

TEST_CASE("dropout drops the stated share, independently for each step and layer") {
  constexpr std::int64_t count = 100'000;
  constexpr double rate = 0.3;
  std::int64_t here = 0, both_steps = 0, both_layers = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const bool drops = dropped({.seed = 1, .step = 10}, 3, rate, i);
    here += drops;
    both_steps += drops && dropped({.seed = 1, .step = 11}, 3, rate, i);
    both_layers += drops && dropped({.seed = 1, .step = 10}, 4, rate, i);
  }
  // Five standard deviations of a binomial count.
  const auto near = [](std::int64_t hits, double p) {
    return std::abs(static_cast<double>(hits) - p * count) < 5. * std::sqrt(count * p * (1. - p));
  };
  CHECK(near(here, rate));
  CHECK(near(both_steps, rate * rate));
  CHECK(near(both_layers, rate * rate));
}

TEST_CASE("dropout refuses rates below 0, and of 1 and more") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {3});
  CHECK_THROWS_WITH_AS(dropout(x, 1., 0), doctest::Contains("[0, 1), not 1"), Error);
  CHECK_THROWS_WITH_AS(dropout(x, -0.1, 0), doctest::Contains("[0, 1), not -0.1"), Error);
  CHECK_THROWS_WITH_AS(dropout(x, std::nan(""), 0), doctest::Contains("[0, 1)"), Error);
  CHECK_THROWS_WITH_AS(dropout(x, 0.5, 4096), doctest::Contains("below 4096"), Error);
}

}  // namespace deepobs
