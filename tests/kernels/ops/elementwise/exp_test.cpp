#include "kernels/ops/elementwise/exp.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/kernels/harness/op_case.h"

namespace deepobs {

// How exact the function itself is over all floats, math_test.cpp finds out.
TEST_CASE("exp is the exponential function") {
  for (const auto size : awkward_sizes)
    check({.name = "exp",
           .inputs = {{{size}, uniform_values(-9., 9.)}},
           .build = [](Graph&, auto in) { return exp(in[0]); },
           .formula = [](auto in) { return each(in[0], [](double x) { return std::exp(x); }); },
           .forward = {.units = 2.2},
           .gradient = {.units = 4.}});
}

TEST_CASE("exp refuses labels") {
  Store store;
  Graph graph(store);
  CHECK_THROWS_WITH_AS(exp(graph.input("labels", Type::i32, {3})), doctest::Contains("float32"), Error);
}

}  // namespace deepobs
