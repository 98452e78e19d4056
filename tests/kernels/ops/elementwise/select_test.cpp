#include "kernels/ops/elementwise/select.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "tests/error_of.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {
namespace {

OpCase select_case(const Shape& condition, const Shape& a, const Shape& b) {
  return {.name = "select",
          .inputs = {{condition, values_off_zero(0.25, 1.), false}, {a}, {b}},
          .build = [](Graph&, auto in) { return select(in[0], in[1], in[2]); },
          .formula =
              [](auto in) {
                const std::int64_t count = std::max({in[0].elements(), in[1].elements(), in[2].elements()});
                std::vector<double> y;
                const auto at = [](const DoubleTensor& x, std::int64_t i) { return x[x.shape.rank() == 0 ? 0 : i]; };
                for (std::int64_t i = 0; i < count; ++i) y.push_back(at(in[0], i) > 0. ? at(in[1], i) : at(in[2], i));
                return y;
              },
          .difference_step = 1.};
}

}  // namespace

TEST_CASE("select takes one of two numbers") {
  for (const auto size : awkward_sizes) check(select_case({size}, {size}, {size}));
  check(select_case({}, {}, {}));
  check(select_case({3, 4, 5}, {3, 4, 5}, {3, 4, 5}));
}

TEST_CASE("select repeats scalars") {
  const Shape x{3, 17}, one;
  for (const auto& [condition, a, b] : std::vector<std::array<Shape, 3>>{
           {one, x, x}, {x, one, x}, {x, x, one}, {x, one, one}, {one, x, one}, {one, one, x}})
    check(select_case(condition, a, b));
}

TEST_CASE("select takes b at zero and for a NaN, and lets no number through that it did not take") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  OpCase one = select_case({4}, {4}, {4});
  one.inputs[0].fill = listed_values({nan, 0., -0., 1.});
  one.inputs[1] = {{4}, listed_values({nan, nan, nan, 7.}), false};
  one.inputs[2] = {{4}, listed_values({1., 2., 3., nan}), false};
  one.formula = [](auto) { return std::vector{1., 2., 3., 7.}; };
  check(one);
}

TEST_CASE("select refuses shapes that do not fit, and says which") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {3, 4}), row = graph.input("row", Type::f32, {4});
  check_error([&] { select(x, x, row); }, Fault::usage,
              {"select at elementwise/select_test.cpp", "of one shape or scalars", "b          [4], buffer 'row'"});
  check_error([&] { select(row, x, x); }, Fault::usage, "condition  [4], buffer 'row'");
}

}  // namespace deepobs
