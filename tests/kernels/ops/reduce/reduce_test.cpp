#include "kernels/ops/reduce/reduce.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "tests/kernels/harness/op_case.h"

namespace deepobs {
namespace {

/// Sums to `sums` numbers; which of them element i belongs to, `group` says.
Formula grouped_sum(std::int64_t sums, std::function<std::int64_t(std::int64_t)> group) {
  return [=](DoubleTensors in) {
    std::vector<double> y(static_cast<std::size_t>(sums));
    for (std::int64_t i = 0; i < in[0].elements(); ++i) y[static_cast<std::size_t>(group(i))] += in[0][i];
    return y;
  };
}

Formula formula_of_sum() {
  return grouped_sum(1, [](std::int64_t) { return 0; });
}

OpCase sum_case(std::string name, Value (*op)(Value, Place), const Shape& x, const Formula& formula) {
  return {.name = std::move(name),
          .inputs = {{x}},
          .build = [op](Graph&, auto in) { return op(in[0], Place::current()); },
          .formula = formula,
          .forward = {.units = 2., .scale = on_absolute_inputs(formula)},
          .difference_step = 1.,
          .exact_on_integers = true};
}

}  // namespace

TEST_CASE("sum adds all elements") {
  for (const auto size : awkward_sizes) check(sum_case("sum", sum, {size}, formula_of_sum()));
  check(sum_case("sum", sum, {}, formula_of_sum()));
  check(sum_case("sum", sum, {3, 4, 5}, formula_of_sum()));
}

TEST_CASE("a sum of many positive terms is as exact as one of three") {
  OpCase many = sum_case("sum", sum, {(1 << 18) + 1}, formula_of_sum());
  many.inputs[0] = {many.inputs[0].shape, uniform_values(0., 1.), false};
  many.exact_on_integers = false;
  check(many);
}

TEST_CASE("mean divides the sum once") {
  for (const auto size : awkward_sizes) {
    const Formula formula = [](auto in) {
      const auto& x = in[0].data;
      return std::vector<double>{std::accumulate(x.begin(), x.end(), 0.) / static_cast<double>(x.size())};
    };
    OpCase mean_case = sum_case("mean", mean, {size}, formula);
    mean_case.exact_on_integers = false;
    check(mean_case);
  }
}

TEST_CASE("sum_rows adds the elements of each example") {
  for (const auto& x : {Shape{1, 1}, Shape{5}, Shape{3, 17}, Shape{129, 33}, Shape{7, 3, 5, 2}, Shape{2, 40'003}}) {
    const std::int64_t width = x.elements() / x[0];
    OpCase rows = sum_case("sum_rows", sum_rows, x, grouped_sum(x[0], [=](std::int64_t i) { return i / width; }));
    rows.exact_on_integers = x.elements() > 5;
    check(rows);
  }
}

TEST_CASE("sum_columns adds the rows") {
  for (const auto& x : {Shape{1, 1}, Shape{5}, Shape{3, 17}, Shape{129, 33}, Shape{7, 3, 5, 2}, Shape{200, 300},
                        Shape{40'003, 1}, Shape{5000, 10}}) {
    const std::int64_t width = x[x.rank() - 1];
    OpCase columns =
        sum_case("sum_columns", sum_columns, x, grouped_sum(width, [=](std::int64_t i) { return i % width; }));
    columns.exact_on_integers = x.elements() > 5;
    check(columns);
  }
}

TEST_CASE("dot multiplies and adds in double") {
  for (const auto& x : {Shape{}, Shape{1}, Shape{17}, Shape{3, 4, 5}, Shape{1001}, Shape{40'003}}) {
    const Formula formula = [](auto in) {
      double sum = 0.;
      for (std::int64_t i = 0; i < in[0].elements(); ++i) sum += in[0][i] * in[1][i];
      return std::vector{sum};
    };
    check({.name = "dot",
           .inputs = {{x}, {x}},
           .build = [](Graph&, auto in) { return dot(in[0], in[1]); },
           .formula = formula,
           .forward = {.units = 2., .scale = on_absolute_inputs(formula)},
           .difference_step = 1.,
           .exact_on_integers = x.elements() > 3});
  }
}

TEST_CASE("dot(x, x) is the square of a norm, and its gradient twice x") {
  const Formula formula = [](auto in) {
    double sum = 0.;
    for (const double x : in[0].data) sum += x * x;
    return std::vector{sum};
  };
  check({.name = "dot(x, x)",
         .inputs = {{{129}}},
         .build = [](Graph&, auto in) { return dot(in[0], in[0]); },
         .formula = formula,
         .forward = {.units = 2., .scale = on_absolute_inputs(formula)},
         .difference_step = 1.});
}

TEST_CASE("norm is the root of the sum of squares") {
  for (const auto size : awkward_sizes)
    check({.name = "norm",
           .inputs = {{{size}, values_off_zero(0.25, 1.)}},
           .build = [](Graph&, auto in) { return norm(in[0]); },
           .formula =
               [](auto in) {
                 double sum = 0.;
                 for (const double x : in[0].data) sum += x * x;
                 return std::vector{std::sqrt(sum)};
               },
           .forward = {.units = 2.},
           .gradient = {.units = 6.}});
}

TEST_CASE("sum_along, mean_along and spread_along go along any axis") {
  for (const auto& x : {Shape{5}, Shape{1, 1}, Shape{3, 17}, Shape{129, 33}, Shape{7, 3, 5, 2}, Shape{2, 3, 300},
                        Shape{40, 3, 40, 9}, Shape{2, 1001, 3}})
    for (int axis = 0; axis < x.rank(); ++axis) {
      std::vector<std::int64_t> extents(x.extents().begin(), x.extents().end());
      extents.erase(extents.begin() + axis);
      const Shape without(extents);
      std::int64_t inner = 1;
      for (int i = axis + 1; i < x.rank(); ++i) inner *= x[i];
      const std::int64_t extent = x[axis];
      const auto group = [=](std::int64_t i) { return i / (extent * inner) * inner + i % inner; };
      OpCase along = sum_case("sum_along", nullptr, x, grouped_sum(without.elements(), group));
      along.build = [=](Graph&, auto in) { return sum_along(in[0], axis); };
      along.exact_on_integers = x.elements() > 5;
      check(along);

      along.name = "mean_along";
      along.build = [=](Graph&, auto in) { return mean_along(in[0], axis); };
      along.formula = [=, sums = along.formula](auto in) {
        auto y = sums(in);
        for (auto& one : y) one /= static_cast<double>(extent);
        return y;
      };
      along.forward = {.units = 3., .scale = on_absolute_inputs(along.formula)};
      along.exact_on_integers = false;
      check(along);

      check({.name = "spread_along",
             .inputs = {{without}},
             .build = [=](Graph&, auto in) { return spread_along(in[0], axis, extent); },
             .formula =
                 [=](auto in) {
                   std::vector<double> spread;
                   for (std::int64_t i = 0; i < x.elements(); ++i) spread.push_back(in[0][group(i)]);
                   return spread;
                 },
             .difference_step = 1.,
             .exact_on_integers = without.elements() > 3});
    }
}

TEST_CASE("sums of nothing are zero") {
  const struct {
    std::string name;
    Value (*op)(Value, Place);
    Shape shape;
    std::int64_t sums;
  } cases[] = {{"sum", sum, {0}, 1},
               {"sum_rows", sum_rows, {3, 0}, 3},
               {"sum_rows", sum_rows, {0, 3}, 0},
               {"sum_columns", sum_columns, {0, 3}, 3},
               {"sum_columns", sum_columns, {3, 0}, 0}};
  for (const auto& [name, op, shape, sums] : cases) {
    OpCase nothing = sum_case(name, op, shape, grouped_sum(sums, [](std::int64_t) { return 0; }));
    nothing.inputs[0].differentiable = false;
    nothing.exact_on_integers = false;
    check(nothing);
  }
}

TEST_CASE("sums refuse what has no axis, no elements or another type") {
  Store store;
  Graph graph(store);
  const Value none = graph.input("none", Type::f32, {0, 3});
  const Value scalar = graph.input("scalar", Type::f32, {});
  const Value labels = graph.input("labels", Type::i32, {3});
  CHECK_THROWS_WITH_AS(mean(none), doctest::Contains("no mean of no elements: [0, 3], buffer 'none'"), Error);
  CHECK_THROWS_WITH_AS(sum_rows(scalar), doctest::Contains("at least one axis"), Error);
  CHECK_THROWS_WITH_AS(sum_columns(scalar), doctest::Contains("at least one axis"), Error);
  CHECK_THROWS_WITH_AS(sum(labels), doctest::Contains("float32"), Error);
  CHECK_THROWS_WITH_AS(dot(none, scalar), doctest::Contains("of one shape: [0, 3], buffer 'none'; []"), Error);
  CHECK_THROWS_WITH_AS(sum_along(none, 2), doctest::Contains("x has no axis 2: [0, 3], buffer 'none'"), Error);
  CHECK_THROWS_WITH_AS(mean_along(none, 0), doctest::Contains("no mean of no elements"), Error);
  CHECK_THROWS_WITH_AS(mean_along(none, -1), doctest::Contains("mean_along at reduce/reduce_test.cpp"), Error);
  CHECK_THROWS_WITH_AS(spread_along(none, 3, 1), doctest::Contains("a new axis 3 of extent 1"), Error);
  CHECK_THROWS_WITH_AS(spread_along(none, 0, -1), doctest::Contains("of extent -1"), Error);
}

}  // namespace deepobs
