#include "kernels/ops/functions/two_d_loss.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "tests/error_of.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {
namespace {

/// As DeepOBS's documentation writes them.
double plane(TwoD function, double u, double v) {
  const auto square = [](double x) { return x * x; };
  switch (function) {
    case TwoD::rosenbrock:
      return square(1 - u) + 100 * square(v - u * u);
    case TwoD::beale:
      return square(1.5 - u + u * v) + square(2.25 - u + u * v * v) + square(2.625 - u + u * v * v * v);
    default: {
      const double pi = std::numbers::pi, b = 5.1 / (4 * pi * pi), c = 5 / pi, t = 1 / (8 * pi);
      return square(v - b * u * u + c * u - 6) + 10 * (1 - t) * std::cos(u) + 10;
    }
  }
}

std::vector<double> losses(TwoD function, DoubleTensors in) {
  std::vector<double> all;
  for (std::int64_t n = 0; n < in[2].elements(); ++n)
    all.push_back(plane(function, in[0][0], in[1][0]) + in[0][0] * in[2][n] + in[1][0] * in[3][n]);
  return all;
}

OpCase two_d_case(TwoD function, std::int64_t count, double u, double v) {
  return {.name = "two_d_loss",
          .inputs = {{Shape{}, listed_values({u})}, {Shape{}, listed_values({v})}, {Shape{count}}, {Shape{count}}},
          .build = [=](Graph&, auto in) { return two_d_loss(function, in[0], in[1], in[2], in[3]); },
          .formula = [=](auto in) { return losses(function, in); },
          .forward = {.units = 2.,
                      .scale =
                          [=](DoubleTensors in) {
                            std::vector<double> scale;
                            for (std::int64_t n = 0; n < in[2].elements(); ++n)
                              scale.push_back(std::abs(plane(function, in[0][0], in[1][0])) +
                                              std::abs(in[0][0] * in[2][n]) + std::abs(in[1][0] * in[3][n]));
                            return scale;
                          }},
          .gradient = {.units = 4.}};
}

}  // namespace

TEST_CASE("two_d_loss is the function of the plane, tilted by the noise") {
  for (const auto& [function, u, v] :
       {std::tuple(TwoD::rosenbrock, -0.5, 1.5), std::tuple(TwoD::rosenbrock, 1.25, 1.75),
        std::tuple(TwoD::beale, -4.5, 4.5), std::tuple(TwoD::beale, 2.5, 0.25), std::tuple(TwoD::branin, 2.5, 12.5),
        std::tuple(TwoD::branin, -3.125, 12.25)})
    for (const std::int64_t count : {1, 3, 17, 128, 1001, 40'003}) {
      INFO(static_cast<int>(function), " at ", u, ", ", v, " with ", count, " examples");
      check(two_d_case(function, count, u, v));
    }
}

TEST_CASE("two_d_loss: the minima are where they are said to be, with the values that they are said to have") {
  const double pi = std::numbers::pi;
  const auto near = [](double a, double b) { return std::abs(a - b) < 1e-5; };
  CHECK(near(plane(TwoD::rosenbrock, 1, 1), 0));
  CHECK(near(plane(TwoD::beale, 3, 0.5), 0));
  for (const auto& [u, v] : {std::pair(-pi, 12.275), std::pair(pi, 2.275), std::pair(3 * pi, 2.475)})
    CHECK(near(plane(TwoD::branin, u, v), 0.397887));
}

TEST_CASE("two_d_loss refuses coordinates that are no scalars and noise that differs") {
  Store store;
  Graph graph(store);
  const Value scalar = graph.input("scalar", Type::f32, {}), one = graph.input("one", Type::f32, {1}),
              five = graph.input("five", Type::f32, {5}), table = graph.input("table", Type::f32, {5, 1});
  check_error([&] { two_d_loss(TwoD::beale, one, scalar, five, five); }, Fault::usage, "u and v must be scalars []");
  check_error([&] { two_d_loss(TwoD::beale, scalar, five, five, five); }, Fault::usage, "u and v must be scalars []");
  check_error([&] { two_d_loss(TwoD::beale, scalar, scalar, five, one); }, Fault::usage, "x and y must be alike, [N]");
  check_error([&] { two_d_loss(TwoD::beale, scalar, scalar, table, table); }, Fault::usage,
              "x and y must be alike, [N]");
}

}  // namespace deepobs
