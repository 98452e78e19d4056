#include "kernels/ops/elementwise/log.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/kernels/harness/op_case.h"

namespace deepobs {

// How exact the function itself is over all floats, math_test.cpp finds out.
TEST_CASE("log is the natural logarithm") {
  for (const auto size : awkward_sizes)
    check({.name = "log",
           .inputs = {{{size}, uniform_values(0.5, 9.)}},
           .build = [](Graph&, auto in) { return log(in[0]); },
           .formula = [](auto in) { return each(in[0], [](double x) { return std::log(x); }); },
           .forward = {.units = 1.1},
           .gradient = {.units = 1.1}});
}

TEST_CASE("log refuses labels") {
  Store store;
  Graph graph(store);
  CHECK_THROWS_WITH_AS(log(graph.input("labels", Type::i32, {3})), doctest::Contains("float32"), Error);
}

}  // namespace deepobs
