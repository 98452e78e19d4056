#include "kernels/ops/shape/slice.h"

#include <doctest/doctest.h>

#include <vector>

#include "kernels/ops/activation/relu.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/shape/reshape.h"
#include "tests/error_of.h"
#include "tests/kernels/harness/op_case.h"
#include "tests/kernels/harness/run_op.h"

namespace deepobs {
namespace {

struct Part {
  int axis;
  std::int64_t begin, count;
};

std::vector<double> part_of(const DoubleTensor& x, const Part& part) {
  std::int64_t outer = 1, inner = 1;
  for (int i = 0; i < part.axis; ++i) outer *= x.shape[i];
  for (int i = part.axis + 1; i < x.shape.rank(); ++i) inner *= x.shape[i];
  std::vector<double> y;
  for (std::int64_t o = 0; o < outer; ++o)
    for (std::int64_t r = 0; r < part.count; ++r)
      for (std::int64_t i = 0; i < inner; ++i) y.push_back(x[(o * x.shape[part.axis] + part.begin + r) * inner + i]);
  return y;
}

/// Recorded on operands of any extents, because the harness empties each in turn.
OpCase slice_case(const Shape& x, const Part& part, bool copies) {
  OpInput input{x};
  if (!copies) input.also = {Type::i32, Type::u8, Type::f64, Type::bf16};
  return {.name = copies ? "slice that copies" : "slice",
          .inputs = {input},
          .build =
              [=](Graph& graph, auto in) {
                const Value y = slice(in[0], part.axis, part.begin, part.count);
                if (in[0].shape() == x) CHECK(graph.nodes().back().op->is_alias() != copies);
                return y;
              },
          .formula = [=](DoubleTensors in) { return part_of(in[0], part); },
          .gradient = {.units = 0},
          .difference_step = 1.,
          .exact_on_integers = true};
}

}  // namespace

TEST_CASE("slice of the first axis, or of what lies in one piece, is the memory of x") {
  check(slice_case({5, 3}, {0, 1, 3}, false));
  check(slice_case({5, 3}, {0, 0, 5}, false));
  check(slice_case({1, 7, 2}, {1, 2, 4}, false));
  check(slice_case({4, 6}, {1, 0, 6}, false));  // all of an axis
  check(slice_case({40'003}, {0, 17, 33'333}, false));
}

TEST_CASE("slice of another axis copies") {
  check(slice_case({5, 3}, {1, 1, 2}, true));
  check(slice_case({2, 3, 4, 5}, {2, 1, 2}, true));
  check(slice_case({3, 64, 2}, {1, 60, 4}, true));
  check(slice_case({129, 33}, {1, 32, 1}, true));
  check(slice_case({7, 1001}, {1, 3, 990}, true));
}

TEST_CASE("slice of nothing is empty") {
  RunOp op;
  const Value x = op.graph.input("x", Type::f32, {4, 3});
  CHECK(slice(x, 0, 4, 0).shape() == Shape{0, 3});
  CHECK(slice(x, 1, 3, 0).shape() == Shape{4, 0});
}

TEST_CASE("slice takes no memory, of a slice either, and keeps the type") {
  RunOp op;
  const Value x = op.graph.input("x", Type::i32, {6, 2});
  const Value y = slice(reshape(slice(x, 0, 1, 4), {8}), 0, 3, 4);
  op.graph.keep(y);
  op.start();
  CHECK(y.type() == Type::i32);
  CHECK(op.plan.arena_bytes == 0);
  op.write<std::int32_t>("x", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(op.run<std::int32_t>(y) == std::vector<std::int32_t>{5, 6, 7, 8});
}

TEST_CASE("slice of what is computed keeps all of it alive, and nothing is computed in its place") {
  RunOp op;
  const Value x = op.graph.input("x", Type::f32, {4, 2});
  const Value all = scale(x, 2.), tail = slice(all, 0, 2, 2);
  const Value other = scale(x, 3.);             // must not get the memory of `all`
  const Value y = add(scale(tail, 10.), tail);  // which is read here for the last time
  op.graph.keep(y);
  op.graph.keep(other);
  op.start();
  op.write<float>("x", {1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(op.run<float>(y) == std::vector<float>{110, 132, 154, 176});
  CHECK(op.run<float>(other) == std::vector<float>{3, 6, 9, 12, 15, 18, 21, 24});
}

TEST_CASE("slice of a relu's output hands down a gradient that is zero where the relu's is") {
  check({.name = "slices of a relu through dense layers",
         .inputs = {{.shape = {2, 6}, .fill = values_off_zero(0.25, 1.)}, {{3, 4}}},
         .build =
             [](Graph&, auto in) {
               const Value hidden = relu(in[0]);
               const auto half = [&](std::int64_t begin) { return linear(slice(hidden, 1, begin, 3), in[1], {}); };
               return add(half(0), half(3));
             },
         .formula =
             [](DoubleTensors in) {
               std::vector<double> y;
               for (std::int64_t i = 0; i < 2; ++i)
                 for (std::int64_t j = 0; j < 4; ++j) {
                   double sum = 0;
                   for (std::int64_t l = 0; l < 6; ++l) sum += std::max(in[0][i * 6 + l], 0.) * in[1][l % 3 * 4 + j];
                   y.push_back(sum);
                 }
               return y;
             },
         .forward = {.units = 24., .scale = constant_scale(6.)},
         .gradient = {.units = 24., .scale = [](auto, int) { return std::vector<double>{8.}; }}});
}

TEST_CASE("slice refuses what is not there, and says so") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {4, 3}), bytes = graph.input("bytes", Type::u8, {4, 3});
  check_error([&] { slice(x, 2, 0, 1); }, Fault::usage, {"slice at", "x has no axis 2", "[4, 3], buffer 'x'"});
  check_error([&] { slice(x, -1, 0, 1); }, Fault::usage, "x has no axis -1");
  check_error([&] { slice(x, 0, 2, 3); }, Fault::usage, "axis 0 has 4 rows, which hold no 3 from 2 on");
  check_error([&] { slice(x, 0, -1, 2); }, Fault::usage, "from -1 on");
  check_error([&] { slice(x, 0, 1, -1); }, Fault::usage, "hold no -1");
  check_error([&] { slice(x, 0, 5, 0); }, Fault::usage, "from 5 on");
  check_error([&] { slice(bytes, 1, 0, 1); }, Fault::usage, "must be float32, not uint8");
  CHECK(slice(bytes, 0, 1, 2).shape() == Shape{2, 3});
}

}  // namespace deepobs
