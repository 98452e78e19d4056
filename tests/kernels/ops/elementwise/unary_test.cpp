#include "kernels/ops/elementwise/unary.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "kernels/backward.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/reduce/reduce.h"
#include "tests/error_of.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {
namespace {

struct Unary {
  std::string name;
  Value (*op)(Value, Place);
  double (*of)(double);
  Fill fill;
  double units, gradient_units;
};

const Unary unaries[] = {
    // How exact these two are over all floats, math_test.cpp finds out.
    {"exp", exp, std::exp, uniform_values(-9., 9.), 2.2, 4.},
    {"log", log, std::log, uniform_values(0.5, 9.), 1.1, 1.1},
    {"sqrt", sqrt, std::sqrt, uniform_values(0.25, 9.), 1., 3.},
    {"rsqrt", rsqrt, [](double x) { return 1. / std::sqrt(x); }, uniform_values(0.25, 9.), 2.1, 6.},
    {"absolute", absolute, std::fabs, values_off_zero(0.25, 9.), 0., 1.},
    // Its gradient has a test of its own.
    {"sign", sign, [](double x) { return x > 0. ? 1. : -1.; }, values_off_zero(0.25, 9.), 0., 0.},
};

OpCase power_case(double exponent, std::int64_t size, const Fill& fill) {
  return {.name = "power",
          .inputs = {{{size}, fill, exponent != 0.}},
          .build = [=](Graph&, auto in) { return power(in[0], exponent); },
          .formula = [=](auto in) { return each(in[0], [=](double x) { return std::pow(x, exponent); }); },
          .forward = {.units = 1.1},
          .gradient = {.units = 5.}};
}

}  // namespace

TEST_CASE("functions of one number are those of the C library") {
  for (const auto& unary : unaries)
    for (const auto size : awkward_sizes)
      check({.name = unary.name,
             .inputs = {{{size}, unary.fill, unary.op != sign}},
             .build = [op = unary.op](Graph&, auto in) { return op(in[0], Place::current()); },
             .formula = [of = unary.of](auto in) { return each(in[0], of); },
             .forward = {.units = unary.units},
             .gradient = {.units = unary.gradient_units}});
}

TEST_CASE("power takes any constant exponent, and whole ones of negative numbers") {
  for (const double exponent : {0.5, -0.25, 2.5, -1., 1., 2., 3., 0.})
    for (const auto size : awkward_sizes) check(power_case(exponent, size, uniform_values(0.25, 4.)));
  for (const double exponent : {-3., -2., 0., 1., 2., 3.}) check(power_case(exponent, 33, values_off_zero(0.25, 4.)));
}

TEST_CASE("the gradients of sign, of a power of 0 and of a comparison are zeros") {
  const auto check_zeros = [](const std::string& name, Value (*function)(Value)) {
    check({.name = name,
           .inputs = {{{33}, values_off_zero(0.25, 4.), false}},
           .build = [=](Graph&, auto in) { return gradients(sum(function(in[0])), std::array{in[0]})[0]; },
           .formula = [](auto in) { return each(in[0], [](double) { return 0.; }); }});
  };
  check_zeros("gradient of sign", [](Value x) { return sign(x); });
  check_zeros("gradient of x^0", [](Value x) { return power(x, 0.); });
  check_zeros("gradient of greater", [](Value x) { return greater(x, scale(x, 2.)); });
}

TEST_CASE("functions of one number refuse labels, power an exponent that is no number") {
  Store store;
  Graph graph(store);
  const Value labels = graph.input("labels", Type::i32, {3}), x = graph.input("x", Type::f32, {3});
  for (const auto& unary : unaries)
    CHECK_THROWS_WITH_AS(unary.op(labels, Place::current()), doctest::Contains("float32"), Error);
  CHECK_THROWS_WITH_AS(power(labels, 2.), doctest::Contains("float32"), Error);
  check_error([&] { power(x, std::nan("")); }, Fault::usage,
              {"power at elementwise/unary_test.cpp", "a number below 2^31 in size, not nan"});
  check_error([&] { power(x, 0x1p31); }, Fault::usage, "not 2.14748e+09");
}

}  // namespace deepobs
