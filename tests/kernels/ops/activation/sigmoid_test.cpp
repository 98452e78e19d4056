#include "kernels/ops/activation/sigmoid.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/kernels/harness/op_case.h"

namespace deepobs {

// How exact the function itself is over all floats, math_test.cpp finds out.
TEST_CASE("sigmoid is the logistic function") {
  // The error of y, a few units of a number below 1, goes into dx as it is: the bound is one of |dy| <= 1.
  const auto one = [](DoubleTensors, int) { return std::vector<double>{1.}; };
  for (const auto size : awkward_sizes)
    check({.name = "sigmoid",
           .inputs = {{{size}, uniform_values(-9., 9.)}},
           .build = [](Graph&, auto in) { return sigmoid(in[0]); },
           .formula = [](auto in) { return each(in[0], [](double x) { return 1. / (1. + std::exp(-x)); }); },
           .forward = {.units = 6.},
           .gradient = {.units = 8., .scale = one}});
}

TEST_CASE("sigmoid refuses labels") {
  Store store;
  Graph graph(store);
  CHECK_THROWS_WITH_AS(sigmoid(graph.input("labels", Type::i32, {3})), doctest::Contains("float32"), Error);
}

}  // namespace deepobs
