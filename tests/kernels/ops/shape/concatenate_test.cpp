#include "kernels/ops/shape/concatenate.h"

#include <doctest/doctest.h>

#include <vector>

#include "kernels/ops/activation/relu.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/shape/slice.h"
#include "tests/error_of.h"
#include "tests/kernels/harness/op_case.h"
#include "tests/kernels/harness/run_op.h"

namespace deepobs {
namespace {

std::vector<double> joined(DoubleTensors in, int axis) {
  std::int64_t outer = 1, inner = 1;
  for (int i = 0; i < axis; ++i) outer *= in[0].shape[i];
  for (int i = axis + 1; i < in[0].shape.rank(); ++i) inner *= in[0].shape[i];
  std::vector<double> y;
  for (std::int64_t o = 0; o < outer; ++o)
    for (const DoubleTensor& x : in)
      for (std::int64_t i = 0; i < x.shape[axis] * inner; ++i) y.push_back(x[o * x.shape[axis] * inner + i]);
  return y;
}

OpCase concatenate_case(const std::vector<Shape>& shapes, int axis) {
  OpCase one{.name = "concatenate",
             .build = [axis](Graph&, auto in) { return concatenate(in, axis); },
             .formula = [axis](DoubleTensors in) { return joined(in, axis); },
             .gradient = {.units = 0},
             .difference_step = 1.,
             .exact_on_integers = true};
  for (const Shape& shape : shapes) one.inputs.push_back({shape});
  return one;
}

}  // namespace

TEST_CASE("concatenate lays tensors side by side along any axis") {
  check(concatenate_case({{3, 4}}, 0));
  check(concatenate_case({{3, 4}, {2, 4}, {6, 4}}, 0));
  check(concatenate_case({{3, 4}, {3, 1}, {3, 7}}, 1));
  check(concatenate_case({{2, 3, 4, 5}, {2, 3, 1, 5}}, 2));
  check(concatenate_case({{17}, {33}, {1}, {129}}, 0));
  check(concatenate_case({{129, 33}, {129, 130}}, 1));
  check(concatenate_case({{1001, 40}, {1001, 3}}, 1));
}

TEST_CASE("concatenate takes a tensor twice, and more than a mask of operands can name") {
  RunOp op;
  const Value x = op.graph.input("x", Type::f32, {1, 2});
  const Value y = concatenate(std::vector<Value>(40, x), 0);
  op.graph.keep(y);
  op.start();
  op.write<float>("x", {3, 4});
  const auto all = op.run<float>(y);
  REQUIRE(all.size() == 80);
  for (std::size_t i = 0; i < 80; ++i) CHECK(all[i] == (i % 2 == 0 ? 3 : 4));
}

TEST_CASE("concatenate and slice take apart what they put together") {
  check({.name = "halves exchanged",
         .inputs = {{{3, 8}}},
         .build =
             [](Graph&, auto in) {
               return concatenate(std::vector<Value>{slice(in[0], 1, 4, 4), slice(in[0], 1, 0, 4)}, 1);
             },
         .formula =
             [](DoubleTensors in) {
               std::vector<double> y;
               for (std::int64_t i = 0; i < 24; ++i) y.push_back(in[0][i / 8 * 8 + (i + 4) % 8]);
               return y;
             },
         .gradient = {.units = 0},
         .difference_step = 1.,
         .exact_on_integers = true});
}

TEST_CASE("concatenate of relus hands down gradients that are zero where theirs are") {
  check({.name = "relus side by side through a dense layer",
         .inputs = {{.shape = {2, 3}, .fill = values_off_zero(0.25, 1.)},
                    {.shape = {2, 2}, .fill = values_off_zero(0.25, 1.)},
                    {{5, 4}}},
         .build =
             [](Graph&, auto in) {
               return linear(concatenate(std::vector<Value>{relu(in[0]), relu(in[1])}, 1), in[2], {});
             },
         .formula =
             [](DoubleTensors in) {
               std::vector<double> y;
               for (std::int64_t i = 0; i < 2; ++i)
                 for (std::int64_t j = 0; j < 4; ++j) {
                   double sum = 0;
                   for (std::int64_t l = 0; l < 3; ++l) sum += std::max(in[0][i * 3 + l], 0.) * in[2][l * 4 + j];
                   for (std::int64_t l = 0; l < 2; ++l) sum += std::max(in[1][i * 2 + l], 0.) * in[2][(3 + l) * 4 + j];
                   y.push_back(sum);
                 }
               return y;
             },
         .forward = {.units = 24., .scale = constant_scale(5.)},
         .gradient = {.units = 24., .scale = [](auto, int) { return std::vector<double>{5.}; }}});
}

TEST_CASE("concatenate refuses tensors that do not fit, and says which") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {4, 3}), y = graph.input("y", Type::f32, {4, 2});
  const Value z = graph.input("z", Type::f32, {4, 3, 1}), labels = graph.input("labels", Type::i32, {4, 3});
  const auto pair = [&](Value a, Value b, int axis) { concatenate(std::vector<Value>{a, b}, axis); };
  check_error([&] { pair(x, y, 0); }, Fault::usage, {"concatenate at", "[4, 3], buffer 'x'; [4, 2], buffer 'y'"});
  check_error([&] { pair(x, z, 1); }, Fault::usage, "all tensors must have the extents of the first, but for axis 1");
  check_error([&] { pair(x, x, 2); }, Fault::usage, "there is no axis 2");
  check_error([&] { pair(x, labels, 0); }, Fault::usage, "each tensor must be float32, not int32");
  check_error([&] { concatenate({}, 0); }, Fault::usage, "needs at least one tensor");
}

}  // namespace deepobs
