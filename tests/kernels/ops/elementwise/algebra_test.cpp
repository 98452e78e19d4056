#include "kernels/ops/elementwise/algebra.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "tests/kernels/harness/op_case.h"

namespace deepobs {
namespace {

struct Binary {
  std::string name;
  Value (*op)(Value, Value, Place);
  double (*of)(double, double);
};

const Binary binaries[] = {
    {"add", add, [](double a, double b) { return a + b; }},
    {"subtract", subtract, [](double a, double b) { return a - b; }},
    {"multiply", multiply, [](double a, double b) { return a * b; }},
    {"divide", divide, [](double a, double b) { return a / b; }},
};

/// The op on operands of these shapes. The divisor keeps clear of zero.
OpCase binary_case(const Binary& binary, const Shape& a, const Shape& b) {
  const bool divides = binary.name == "divide";
  return {.name = binary.name,
          .inputs = {{a}, {b, divides ? values_off_zero(0.5, 2.) : uniform_values(-1., 1.)}},
          .build = [op = binary.op](Graph&, auto in) { return op(in[0], in[1], Place::current()); },
          .formula =
              [of = binary.of](auto in) {
                std::vector<double> y;
                for (std::int64_t i = 0; i < in[0].elements(); ++i)
                  y.push_back(of(in[0][i], in[1][i % in[1].elements()]));
                return y;
              },
          // db of divide is a sum of dy/b * y: three roundings in each term, two units for the sum.
          .gradient = {.units = divides ? 6. : 4.},
          .difference_step = divides ? 0x1p-13 : 1.,
          .exact_on_integers = !divides && a.elements() > 3};
}

}  // namespace

TEST_CASE("add, subtract, multiply and divide elements of equal shapes") {
  for (const auto& binary : binaries)
    for (const auto size : awkward_sizes) check(binary_case(binary, {size}, {size}));
}

TEST_CASE("add, subtract, multiply and divide repeat a row over the last axis") {
  for (const auto& binary : binaries)
    for (const auto& [a, b] : {std::pair<Shape, Shape>{{1, 1}, {1}},
                               {{3, 17}, {17}},
                               {{7, 1}, {1}},
                               {{2, 3, 5, 33}, {33}},
                               {{5, 12}, {12}},
                               {{1001, 40}, {40}}})
      check(binary_case(binary, a, b));
}

TEST_CASE("add, subtract, multiply and divide repeat a scalar") {
  for (const auto& binary : binaries)
    for (const auto& a : {Shape{}, Shape{1}, Shape{3, 17}, Shape{40'003}}) check(binary_case(binary, a, {}));
}

TEST_CASE("maximum, minimum and greater compare elements, a row and a scalar") {
  const Binary comparisons[] = {
      {"maximum", maximum, [](double a, double b) { return std::max(a, b); }},
      {"minimum", minimum, [](double a, double b) { return std::min(a, b); }},
      {"greater", greater, [](double a, double b) { return a > b ? 1. : 0.; }},
  };
  for (const auto& comparison : comparisons) {
    const auto check_shapes = [&](const Shape& a, const Shape& b) {
      OpCase one = binary_case(comparison, a, b);
      one.difference_step = 0x1p-13;
      one.exact_on_integers = false;  // it would compare equal numbers, where no difference is right
      for (auto& input : one.inputs) input.fill = distinct_values();
      one.inputs[1].fill = [](std::uint64_t stream, std::int64_t i) {
        return distinct_values()(stream + 1, i) + 0x1p-9;  // equal to none of the others
      };
      one.in_bf16 = false;
      for (auto& input : one.inputs) input.differentiable = comparison.op != greater;
      check(one);
    };
    for (const auto size : awkward_sizes) check_shapes({size}, {size});
    check_shapes({3, 17}, {17});
    check_shapes({1001, 40}, {40});
    check_shapes({}, {});
    check_shapes({3, 17}, {});
  }
}

TEST_CASE("of equal numbers maximum and minimum take a's, and they pass a NaN on") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto case_of = [](Value (*op)(Value, Value, Place), std::vector<double> a, std::vector<double> b,
                          std::vector<double> y) -> OpCase {
    const auto size = static_cast<std::int64_t>(a.size());
    return {.name = "special numbers",
            .inputs = {{{size}, listed_values(a), false}, {{size}, listed_values(b), false}},
            .build = [op](Graph&, auto in) { return op(in[0], in[1], Place::current()); },
            .formula = [y](auto) { return y; }};
  };
  const double inf = std::numeric_limits<double>::infinity();
  check(case_of(maximum, {1., nan, 1., inf, -inf}, {nan, 1., 1., inf, inf}, {nan, nan, 1., inf, inf}));
  check(case_of(minimum, {1., nan, 1., inf, -inf}, {nan, 1., 1., inf, inf}, {nan, nan, 1., inf, -inf}));
  check(case_of(greater, {1., nan, 1., inf, -inf}, {nan, 1., 1., -inf, inf}, {0., 0., 0., 1., 0.}));
}

TEST_CASE("an operand may stand on both sides") {
  check({.name = "multiply(x, x)",
         .inputs = {{{129}}},
         .build = [](Graph&, auto in) { return multiply(in[0], in[0]); },
         .formula = [](auto in) { return each(in[0], [](double x) { return x * x; }); },
         .difference_step = 1.});
}

TEST_CASE("bias_add adds a row") {
  for (const auto& x : {Shape{3, 17}, Shape{7, 24}, Shape{4, 5, 6, 33}})
    check({.name = "bias_add",
           .inputs = {{x}, {{x[x.rank() - 1]}}},
           .build = [](Graph&, auto in) { return bias_add(in[0], in[1]); },
           .formula =
               [](auto in) {
                 std::vector<double> y = in[0].data;
                 for (std::size_t i = 0; i < y.size(); ++i) y[i] += in[1].data[i % in[1].data.size()];
                 return y;
               },
           .difference_step = 1.,
           .exact_on_integers = true});
}

TEST_CASE("scale multiplies by a constant that is rounded once") {
  for (const auto size : awkward_sizes)
    check({.name = "scale",
           .inputs = {{{size}}},
           .build = [](Graph&, auto in) { return scale(in[0], 0.1); },
           .formula = [](auto in) { return each(in[0], [](double x) { return static_cast<double>(0.1f) * x; }); },
           .difference_step = 1.});
}

TEST_CASE("sum_of adds terms in their order") {
  for (const std::size_t terms : {1u, 2u, 3u, 5u})
    for (const auto size : {std::int64_t{1}, std::int64_t{33}, std::int64_t{40'003}}) {
      const Formula formula = [](auto in) {
        std::vector<double> y(in[0].data.size());
        for (const auto& term : in)
          for (std::size_t i = 0; i < y.size(); ++i) y[i] += term.data[i];
        return y;
      };
      check({.name = "sum_of",
             .inputs = std::vector<OpInput>(terms, {{size}}),
             .build = [](Graph&, auto in) { return sum_of(in); },
             .formula = formula,
             .forward = {.units = static_cast<double>(terms - 1), .scale = on_absolute_inputs(formula)},
             .difference_step = 1.,
             .exact_on_integers = size > 1});
    }
}

TEST_CASE("copy copies, constant fills") {
  for (const auto size : awkward_sizes) {
    check({.name = "copy",
           .inputs = {{{size}}},
           .build = [](Graph&, auto in) { return copy(in[0]); },
           .formula = [](auto in) { return in[0].data; },
           .difference_step = 1.});
    check({.name = "constant",
           .build = [=](Graph& graph, auto) { return constant(graph, {size}, 0.1); },
           .formula = [=](auto) { return std::vector<double>(static_cast<std::size_t>(size), 0.1); }});
  }
}

TEST_CASE("identity has its value on the diagonal") {
  for (const std::int64_t extent : {0, 1, 3, 33, 200})
    check({.name = "identity",
           .build = [=](Graph& graph, auto) { return identity(graph, extent, 0.1); },
           .formula =
               [=](auto) {
                 std::vector<double> y(static_cast<std::size_t>(extent * extent));
                 for (std::int64_t i = 0; i < extent; ++i) y[static_cast<std::size_t>(i * extent + i)] = 0.1;
                 return y;
               }});
}

TEST_CASE("algebra refuses shapes that do not fit, and says which") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {3, 4});
  const Value row = graph.input("row", Type::f32, {3});
  const Value labels = graph.input("labels", Type::i32, {3, 4});
  CHECK_THROWS_WITH_AS(add(x, row), doctest::Contains("add at elementwise/algebra_test.cpp"), Error);
  CHECK_THROWS_WITH_AS(multiply(x, row), doctest::Contains("[3, 4], buffer 'x'; [3], buffer 'row'"), Error);
  CHECK_THROWS_WITH_AS(divide(row, x), doctest::Contains("a row as long as its last axis"), Error);
  CHECK_THROWS_WITH_AS(subtract(x, labels), doctest::Contains("float32"), Error);
  CHECK_THROWS_WITH_AS(bias_add(x, x), doctest::Contains("row [C]"), Error);
  CHECK_THROWS_WITH_AS(maximum(row, x), doctest::Contains("maximum at elementwise/algebra_test.cpp"), Error);
  CHECK_THROWS_WITH_AS(identity(graph, -1), doctest::Contains("no matrix has -1 rows"), Error);
  CHECK_THROWS_WITH_AS(sum_of({}), doctest::Contains("at least one term"), Error);
  CHECK_THROWS_WITH_AS(sum_of(std::vector<Value>{x, row}), doctest::Contains("one shape"), Error);
  CHECK_THROWS_WITH_AS(copy(labels), doctest::Contains("float32"), Error);
}

}  // namespace deepobs
