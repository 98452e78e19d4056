#include "kernels/ops/activation/tanh.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/kernels/harness/op_case.h"

namespace deepobs {

// How exact the function itself is over all floats, math_test.cpp finds out.
TEST_CASE("tanh is the hyperbolic tangent") {
  // The error of y, a few units of a number below 1, goes into dx as it is: the bound is one of |dy| <= 1.
  const auto one = [](DoubleTensors, int) { return std::vector<double>{1.}; };
  for (const auto size : awkward_sizes)
    check({.name = "tanh",
           .inputs = {{{size}, uniform_values(-6., 6.)}},
           .build = [](Graph&, auto in) { return tanh(in[0]); },
           .formula = [](auto in) { return each(in[0], [](double x) { return std::tanh(x); }); },
           .forward = {.units = 6.},
           .gradient = {.units = 8., .scale = one}});
}

TEST_CASE("tanh refuses labels") {
  Store store;
  Graph graph(store);
  CHECK_THROWS_WITH_AS(tanh(graph.input("labels", Type::i32, {3})), doctest::Contains("float32"), Error);
}

}  // namespace deepobs
