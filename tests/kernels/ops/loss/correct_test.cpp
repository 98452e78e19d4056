#include "kernels/ops/loss/correct.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "tests/kernels/harness/op_case.h"

namespace deepobs {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

Value build(Graph&, std::span<const Value> in) { return correct(in[0], in[1]); }

}  // namespace

TEST_CASE("correct compares the largest logit's place with the label") {
  for (const auto& [examples, classes] :
       {std::pair<std::int64_t, int>{1, 1}, {17, 3}, {128, 10}, {5, 1001}, {4001, 10}})
    check({.name = "correct",
           .inputs = {{{examples, classes}, uniform_values(-1., 1.), false}, labels_input({examples}, classes)},
           .build = build,
           .formula = [](auto in) {
             std::vector<double> y;
             const std::int64_t k = in[0].shape[1];
             for (std::int64_t n = 0; n < in[0].shape[0]; ++n) {
               const auto row = in[0].data.begin() + n * k;
               y.push_back(std::max_element(row, row + k) - row == static_cast<std::int64_t>(in[1][n]));
             }
             return y;
           }});
}

TEST_CASE("correct: of equal logits the smallest index counts, NaN and labels outside count as wrong") {
  const std::vector<double> logits = {1, 1, 0,   1, 1, 0, 0,   1,        1,         nan,       2,
                                      1, 0, nan, 1, 0, 1, nan, 3,        1,         2,         3,
                                      1, 2, 3,   1, 2, 0, 0,   infinity, -infinity, -infinity, -infinity};
  const std::vector<double> labels = {0, 1, 1, 1, 1, 1, -1, 3, 0, 2, 0};
  const std::vector<double> expected = {1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 1};
  check({.name = "correct",
         .inputs = {{{11, 3}, listed_values(logits), false}, {{11}, listed_values(labels), false, Type::i32}},
         .build = build,
         .formula = [=](auto) { return expected; }});
}

TEST_CASE("correct refuses shapes that do not fit") {
  Store store;
  Graph graph(store);
  const Value logits = graph.input("logits", Type::f32, {3, 4});
  const Value labels = graph.input("labels", Type::i32, {4});
  CHECK_THROWS_WITH_AS(correct(logits, labels), doctest::Contains("labels must be one for each row"), Error);
  CHECK_THROWS_WITH_AS(correct(labels, labels), doctest::Contains("logits must be [N, K]"), Error);
}

}  // namespace deepobs
