#include "kernels/ops/reduce/relu_gradient_sums.h"

#include <doctest/doctest.h>

#include "tests/error_of.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {
namespace {

std::vector<double> gated(DoubleTensors in) {
  return each(in[0], in[1], [](double dy, double y) { return y <= 0. ? 0. : dy; });
}

std::vector<double> sums(DoubleTensors in) {
  const auto dx = gated(in);
  const std::int64_t columns = in[0].shape[in[0].shape.rank() - 1];
  std::vector<double> all(static_cast<std::size_t>(columns));
  for (std::size_t i = 0; i < dx.size(); ++i) all[i % all.size()] += dx[i];
  return all;
}

// Packs that are whole and not, one block of rows and many, images.
const std::vector<Shape> shapes{{1}, {3, 5}, {128, 100}, {33, 64}, {700, 7}, {2, 30, 30, 32}, {1001, 96}};

TEST_CASE("relu_gradient_sums zeroes a gradient where the relu was not positive") {
  for (const Shape& shape : shapes)
    check({.name = "relu_gradient_sums",
           .inputs = {{shape, uniform_values(-1., 1.), false}, {shape, integer_values(-1, 1), false}},
           .build = [](Graph&, auto in) { return relu_gradient_sums(in[0], in[1]).dx; },
           .formula = gated});
}

TEST_CASE("relu_gradient_sums sums the columns of what it makes") {
  for (const Shape& shape : shapes)
    check({.name = "sums of relu_gradient_sums",
           .inputs = {{shape, uniform_values(-1., 1.), false}, {shape, integer_values(-1, 1), false}},
           .build = [](Graph&, auto in) { return relu_gradient_sums(in[0], in[1]).sums; },
           .formula = sums,
           .forward = {.units = 2., .scale = on_absolute_inputs(sums)}});
}

TEST_CASE("relu_gradient_sums refuses shapes that differ, and scalars") {
  Store store;
  Graph graph(store);
  const Value a = graph.input("a", Type::f32, {3, 4}), b = graph.input("b", Type::f32, {4, 3}),
              c = graph.input("c", Type::f32, {});
  check_error([&] { relu_gradient_sums(a, b); }, Fault::usage, "dy and y must be [..., C] alike: [3, 4]");
  check_error([&] { relu_gradient_sums(c, c); }, Fault::usage, "dy and y must be");
}

}  // namespace
}  // namespace deepobs
