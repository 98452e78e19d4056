#include "kernels/cpu/math.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "engine/memory/plan.h"
#include "engine/memory/storage.h"
#include "engine/run/device.h"
#include "engine/run/program.h"
#include "kernels/ops/activation/sigmoid.h"
#include "kernels/ops/activation/tanh.h"
#include "kernels/ops/elementwise/unary.h"
#include "tests/kernels/cpu/isas.h"

// The functions as their ops compute them, in vectors, on every instruction set of this machine.

namespace deepobs {
namespace {

using Function = Value (*)(Value, Place);
constexpr float infinity = std::numeric_limits<float>::infinity();

std::vector<float> evaluated(Function function, const std::vector<float>& x, Isa isa) {
  Store store;
  Graph graph(store);
  const Shape shape{static_cast<std::int64_t>(x.size())};
  const Value y = function(graph.input("x", Type::f32, shape), Place::current());
  graph.keep(y);
  const auto device = cpu_device({.threads = 1, .isa = isa});
  const Plan plan = make_plan(graph);
  Storage storage(*device, store);
  storage.write<float>(store.find("x"), x);
  Program program(graph, plan, storage);
  program.run({});
  std::vector<float> result(x.size());
  program.read<float>(y, result);
  return result;
}

/// Distance of two neighbouring floats at y.
double unit_in_the_last_place(double y) {
  const int exponent = y == 0. ? -126 : std::max(std::ilogb(y), -126);
  return std::ldexp(1., exponent - 23);
}

/// Every 8191st float of [low, high] by bits, so all exponents, and both ends: half a million for the whole line.
std::vector<float> dense_sample(float low, float high) {
  std::vector<float> x{low, high};
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32); bits += 8191) {
    const float value = float_of(static_cast<std::uint32_t>(bits));
    if (value >= low && value <= high) x.push_back(value);
  }
  for (int i = 0; i <= 100'000; ++i)  // and evenly where the exponents change fast
    if (const float value = -110.f + 0.0021f * static_cast<float>(i); value >= low && value <= high) x.push_back(value);
  return x;
}

void check_units(Function function, double exact(double), float low, float high, double most_units) {
  const auto x = dense_sample(low, high);
  REQUIRE(x.size() > 100'000);
  for (const Isa isa : isas()) {
    const auto y = evaluated(function, x, isa);
    double worst = 0.;
    std::size_t worst_at = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double expected = exact(static_cast<double>(x[i]));
      // Beyond the largest float both must be infinite; a double's rounding of the exact value does not matter there.
      if (std::isinf(y[i]) && std::isinf(static_cast<float>(expected))) continue;
      const double error = std::abs(static_cast<double>(y[i]) - expected) / unit_in_the_last_place(expected);
      if (!(error <= worst)) worst = error, worst_at = i;
    }
    CAPTURE(name_of(isa));
    CAPTURE(x[worst_at]);
    CAPTURE(y[worst_at]);
    CHECK(worst <= most_units);
  }
}

void check_values(Function function, const std::vector<float>& x, const std::vector<float>& expected) {
  for (const Isa isa : isas()) {
    // Enough copies to fill vectors, so that both the vector loop and its rest meet every value.
    std::vector<float> many;
    for (int copy = 0; copy < 37; ++copy) many.insert(many.end(), x.begin(), x.end());
    const auto y = evaluated(function, many, isa);
    for (std::size_t i = 0; i < many.size(); ++i) {
      const float want = expected[i % x.size()];
      CAPTURE(many[i]);
      CHECK((std::isnan(want) ? std::isnan(y[i]) : bits_of(y[i]) == bits_of(want)));
    }
  }
}

const float nan = std::numeric_limits<float>::quiet_NaN();

}  // namespace

TEST_CASE("exp, log, tanh and sigmoid stay within their stated errors on every instruction set") {
  check_units(exp, std::exp, -infinity, 88.72283f, 1.1);
  check_units(log, std::log, std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::max(), 0.501);
  check_units(tanh, std::tanh, -infinity, infinity, 3.);
  check_units(
      sigmoid, [](double x) { return 1. / (1. + std::exp(-x)); }, -infinity, infinity, 3.);
}

TEST_CASE("powers stay within their stated error on every instruction set") {
  const float least = std::numeric_limits<float>::denorm_min(), most = std::numeric_limits<float>::max();
  check_units([](Value x, Place at) { return power(x, 0.5, at); }, std::sqrt, least, most, 0.51);
  check_units([](Value x, Place at) { return power(x, -0.8, at); }, [](double x) { return std::pow(x, -0.8); }, least,
              most, 0.51);
  check_units([](Value x, Place at) { return power(x, 3., at); }, [](double x) { return std::pow(x, 3.); }, -most, most,
              0.51);
  check_units([](Value x, Place at) { return power(x, 1001.5, at); }, [](double x) { return std::pow(x, 1001.5); },
              least, most, 0.51);
}

TEST_CASE("square roots and absolute values are exact, reciprocal roots within 1.5 units, on every instruction set") {
  const float least = std::numeric_limits<float>::denorm_min(), most = std::numeric_limits<float>::max();
  check_units(sqrt, std::sqrt, least, most, 0.5);
  check_units(absolute, std::fabs, -most, most, 0.);
  check_units(
      rsqrt, [](double x) { return 1. / std::sqrt(x); }, least, most, 1.5);
}

TEST_CASE("roots, signs and powers are right at their ends, at zero and for a NaN") {
  const float tiniest = std::numeric_limits<float>::denorm_min();
  check_values(sqrt, {-infinity, -1.f, -0.f, 0.f, 4.f, infinity, nan}, {nan, nan, -0.f, 0.f, 2.f, infinity, nan});
  check_values(rsqrt, {-1.f, -0.f, 0.f, 4.f, infinity, nan}, {nan, -infinity, infinity, 0.5f, 0.f, nan});
  check_values(absolute, {-infinity, -tiniest, -0.f, 0.f, 3.f, nan}, {infinity, tiniest, 0.f, 0.f, 3.f, nan});
  check_values(sign, {-infinity, -tiniest, -0.f, 0.f, tiniest, infinity, nan}, {-1.f, -1.f, 0.f, 0.f, 1.f, 1.f, nan});
  const auto check_power = [](auto to, const std::vector<float>& expected) {
    check_values(to, {-infinity, -2.f, -0.f, 0.f, 1.f, 2.f, infinity, nan}, expected);
  };
  check_power([](Value x, Place at) { return power(x, 0., at); }, {1.f, 1.f, 1.f, 1.f, 1.f, 1.f, 1.f, 1.f});
  check_power([](Value x, Place at) { return power(x, 3., at); },
              {-infinity, -8.f, -0.f, 0.f, 1.f, 8.f, infinity, nan});
  check_power([](Value x, Place at) { return power(x, 2., at); }, {infinity, 4.f, 0.f, 0.f, 1.f, 4.f, infinity, nan});
  check_power([](Value x, Place at) { return power(x, -1., at); },
              {-0.f, -0.5f, -infinity, infinity, 1.f, 0.5f, 0.f, nan});
  check_power([](Value x, Place at) { return power(x, -2., at); },
              {0.f, 0.25f, infinity, infinity, 1.f, 0.25f, 0.f, nan});
  check_power([](Value x, Place at) { return power(x, 0.5, at); },
              {infinity, nan, 0.f, 0.f, 1.f, 0x1.6a09e6p0f, infinity, nan});
  check_power([](Value x, Place at) { return power(x, 1e9, at); },
              {infinity, infinity, 0.f, 0.f, 1.f, infinity, infinity, nan});
}

TEST_CASE("exp, log, tanh and sigmoid are right at their ends, at zero and for a NaN") {
  const float tiniest = std::numeric_limits<float>::denorm_min();
  check_values(exp, {-infinity, -1e30f, -104.f, -0.f, 0.f, 88.8f, 1e30f, infinity, nan},
               {0.f, 0.f, 0.f, 1.f, 1.f, infinity, infinity, infinity, nan});
  check_values(log, {-infinity, -1.f, -tiniest, -0.f, 0.f, 1.f, infinity, nan},
               {nan, nan, nan, -infinity, -infinity, 0.f, infinity, nan});
  check_values(tanh, {-infinity, -1e30f, -10.f, -tiniest, -0.f, 0.f, tiniest, 10.f, infinity, nan},
               {-1.f, -1.f, -1.f, -tiniest, -0.f, 0.f, tiniest, 1.f, 1.f, nan});
  check_values(sigmoid, {-infinity, -1e30f, -0.f, 0.f, 20.f, infinity, nan}, {0.f, 0.f, .5f, .5f, 1.f, 1.f, nan});
}

}  // namespace deepobs
