#include "kernels/backward.h"

#include <doctest/doctest.h>

#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/loss/correct.h"
#include "kernels/ops/loss/softmax_xent.h"
#include "kernels/ops/reduce/reduce.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {

// op_case.cpp calls backward() for every op; here is what a single op does not show.

TEST_CASE("backward adds the contributions of every use of a value") {
  check({.name = "x * x + x * b + x",
         .inputs = {{{129}}, {{129}}},
         .build =
             [](Graph&, auto in) {
               return sum_of(std::vector<Value>{multiply(in[0], in[0]), multiply(in[0], in[1]), in[0]});
             },
         .formula = [](auto in) { return each(in[0], in[1], [](double x, double b) { return x * x + x * b + x; }); },
         .forward = {.units = 4., .scale = constant_scale(3.)},
         .gradient = {.units = 4., .scale = [](auto, int) { return std::vector<double>{4.}; }},
         .difference_step = 1.});
}

TEST_CASE("backward gives each parameter memory of its own, also where one tensor is the gradient of several") {
  check({.name = "a + b + a",
         .inputs = {{{33}}, {{33}}},
         .build = [](Graph&, auto in) { return add(add(in[0], in[1]), in[0]); },
         .formula = [](auto in) { return each(in[0], in[1], [](double a, double b) { return a + b + a; }); },
         .forward = {.units = 2., .scale = constant_scale(3.)},
         .difference_step = 1.,
         .exact_on_integers = true});
}

TEST_CASE("backward refuses what has no gradient, and says why") {
  Store store;
  Graph graph(store);
  const Value w = graph.parameter("w", {3, 4}, {});
  const Value x = graph.input("x", Type::f32, {3, 4});
  const Value labels = graph.input("labels", Type::i32, {3});
  CHECK_THROWS_WITH_AS(backward(softmax_xent(w, labels)), doctest::Contains("a scalar [], not of [3]"), Error);
  CHECK_THROWS_WITH_AS(backward(sum(x)), doctest::Contains("no parameter reaches"), Error);
  CHECK_THROWS_WITH_AS(backward(sum(correct(w, labels))), doctest::Contains("through correct, "), Error);
}

}  // namespace deepobs
