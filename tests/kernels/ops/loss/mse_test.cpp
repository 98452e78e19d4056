#include "kernels/ops/loss/mse.h"

#include <doctest/doctest.h>

#include "tests/kernels/harness/op_case.h"

namespace deepobs {
namespace {

OpCase mse_case(const Shape& shape) {
  return {.name = "mse",
          .inputs = {{shape}, {shape}},
          .build = [](Graph&, auto in) { return mse(in[0], in[1]); },
          .formula =
              [](auto in) {
                const std::int64_t examples = in[0].shape[0], features = in[0].elements() / examples;
                std::vector<double> loss(static_cast<std::size_t>(examples));
                for (std::int64_t i = 0; i < in[0].elements(); ++i) {
                  const double difference = in[0][i] - in[1][i];
                  loss[static_cast<std::size_t>(i / features)] +=
                      difference * difference / static_cast<double>(features);
                }
                return loss;
              },
          .forward = {.units = 2.},
          .gradient = {.units = 3.},
          .difference_step = 1.};
}

}  // namespace

TEST_CASE("mse is the mean of the squared differences of each example") {
  for (const auto& shape : {Shape{1}, Shape{17}, Shape{3, 1}, Shape{5, 17}, Shape{129, 33}, Shape{2, 3, 4, 5},
                            Shape{64, 784}, Shape{2, 40'003}})
    check(mse_case(shape));
}

TEST_CASE("mse refuses shapes that differ, scalars and examples without features") {
  Store store;
  Graph graph(store);
  const Value a = graph.input("a", Type::f32, {3, 4});
  const Value b = graph.input("b", Type::f32, {3});
  const Value scalar = graph.input("scalar", Type::f32, {});
  const Value empty = graph.input("empty", Type::f32, {3, 0});
  CHECK_THROWS_WITH_AS(mse(a, b), doctest::Contains("one shape: [3, 4], buffer 'a'; [3], buffer 'b'"), Error);
  CHECK_THROWS_WITH_AS(mse(scalar, scalar), doctest::Contains("first axis"), Error);
  CHECK_THROWS_WITH_AS(mse(empty, empty), doctest::Contains("no features"), Error);
}

}  // namespace deepobs
