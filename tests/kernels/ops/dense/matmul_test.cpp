#include "kernels/ops/dense/matmul.h"

#include <doctest/doctest.h>

#include "engine/graph/cost.h"
#include "tests/error_of.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {
namespace {

constexpr Matmul all_options[]{{false, false}, {false, true}, {true, false}, {true, true}};

Formula product(std::int64_t m, std::int64_t n, std::int64_t k, const Matmul& options) {
  return [=](DoubleTensors in) {
    std::vector<double> y;
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = 0.;
        for (std::int64_t l = 0; l < k; ++l)
          sum +=
              in[0][options.a_transposed ? l * m + i : i * k + l] * in[1][options.b_transposed ? j * k + l : l * n + j];
        y.push_back(sum);
      }
    return y;
  };
}

OpCase matmul_case(std::int64_t m, std::int64_t n, std::int64_t k, const Matmul& options) {
  const Formula formula = product(m, n, k, options);
  return {.name = "matmul",
          .inputs = {{options.a_transposed ? Shape{k, m} : Shape{m, k}},
                     {options.b_transposed ? Shape{n, k} : Shape{k, n}}},
          .build = [=](Graph&, auto in) { return matmul(in[0], in[1], options); },
          .formula = formula,
          .forward = {.units = 24., .scale = on_absolute_inputs(formula)},
          .gradient = {.units = 24.},
          .difference_step = 1.,
          .exact_on_integers = true};
}

}  // namespace

TEST_CASE("matmul is the product of two matrices, each transposed or not") {
  constexpr std::array<std::array<std::int64_t, 3>, 8> sizes{
      {{1, 1, 1}, {1, 10, 784}, {3, 33, 17}, {17, 1, 3}, {64, 65, 1}, {5, 31, 129}, {33, 48, 200}, {70, 96, 8}}};
  for (const auto& options : all_options)
    for (const auto& [m, n, k] : sizes) check(matmul_case(m, n, k, options));
}

TEST_CASE("matmul of many terms, whose sums are cut into slices") {
  for (const auto& options : all_options) check(matmul_case(9, 24, 4097, options));
}

TEST_CASE("matmul counts two operations for each product") {
  Store store;
  Graph graph(store);
  const auto a = graph.parameter("a", {4, 3}, {}), b = graph.parameter("b", {5, 4}, {});
  matmul(a, b, {.a_transposed = true, .b_transposed = true});
  CHECK(flops_of(graph) == 2 * 3 * 5 * 4);
}

TEST_CASE("matmul refuses shapes that do not fit, and says which") {
  Store store;
  Graph graph(store);
  const auto a = graph.parameter("a", {4, 3}, {}), b = graph.parameter("b", {4, 2}, {}),
             c = graph.parameter("c", {3}, {});
  check_error([&] { matmul(a, b); }, Fault::usage,
              {"matmul at dense/matmul_test.cpp", "b must have as many rows as a has columns",
               "a  [4, 3], parameter 'a'", "b  [4, 2], parameter 'b'"});
  matmul(a, b, {.a_transposed = true});
  check_error([&] { matmul(a, b, {.a_transposed = true, .b_transposed = true}); }, Fault::usage,
              "b  [4, 2], parameter 'b', transposed");
  check_error([&] { matmul(a, c); }, Fault::usage, "both operands must be matrices");
}

}  // namespace deepobs
