#include "kernels/ops/shape/reshape.h"

#include <doctest/doctest.h>

#include "kernels/ops/elementwise/algebra.h"
#include "tests/error_of.h"
#include "tests/kernels/harness/op_case.h"
#include "tests/kernels/harness/run_op.h"

namespace deepobs {
namespace {

std::vector<double> same_numbers(DoubleTensors in) { return in[0].data; }

}  // namespace

TEST_CASE("reshape keeps the numbers and their order, and so does its gradient") {
  for (const Shape& shape : {Shape{24}, Shape{2, 12}, Shape{4, 3, 2}, Shape{1, 24, 1, 1, 1}, Shape{2, 3, 4}})
    check({.name = "reshape",
           .inputs = {{.shape = {2, 3, 4}, .also = {Type::i32, Type::u8, Type::f64, Type::bf16}}},
           .build = [&](Graph&, auto in) { return reshape(in[0], shape); },
           .formula = same_numbers,
           .gradient = {.units = 0},
           .difference_step = 1.,
           .exact_on_integers = true});
}

TEST_CASE("reshape between ops that compute, and of what is used elsewhere too") {
  check({.name = "reshape",
         .inputs = {{{6, 4}}, {{2, 12}}},
         .build =
             [](Graph&, auto in) {
               const Value x = scale(in[0], 2.);
               const Value product = multiply(reshape(x, {2, 12}), in[1]);
               return add(reshape(reshape(product, {24}), {6, 4}), x);
             },
         .formula = [](auto in) { return each(in[0], in[1], [](double x, double b) { return 2. * x * b + 2. * x; }); },
         // One rounding of the product and one of the sum; backwards the same and one of the sum of contributions.
         .forward = {.units = 2.,
                     .scale =
                         [](auto in) {
                           return each(in[0], in[1],
                                       [](double x, double b) { return std::abs(2. * x * b) + std::abs(2. * x); });
                         }},
         .gradient = {.units = 3.,
                      .scale =
                          [](auto in, int input) {
                            return each(in[0], in[1], [=](double x, double b) {
                              return input == 0 ? 2. * std::abs(b) + 2. : 2. * std::abs(x);
                            });
                          }},
         .difference_step = 1.,
         .exact_on_integers = true});
}

TEST_CASE("flatten keeps the first axis") {
  RunOp op;
  const auto flat = [&](const char* name, const Shape& shape) {
    return flatten(op.graph.input(name, Type::f32, shape)).shape();
  };
  CHECK(flat("a", {128, 7, 7, 64}) == Shape{128, 3136});
  CHECK(flat("b", {5, 3}) == Shape{5, 3});
  CHECK(flat("c", {5}) == Shape{5, 1});
  CHECK(flat("d", {0, 2, 3}) == Shape{0, 6});
  check_error([&] { flat("scalar", {}); }, Fault::usage, "x must be [N, ...]");
}

TEST_CASE("reshape takes no memory and keeps the type") {
  RunOp op;
  const Value y = reshape(op.graph.input("labels", Type::i32, {6}), {2, 3});
  op.graph.keep(y);
  CHECK(y.type() == Type::i32);
  op.start();
  CHECK(op.plan.arena_bytes == 0);
  op.write<std::int32_t>("labels", {1, 2, 3, 4, 5, 6});
  CHECK(op.run<std::int32_t>(y) == std::vector<std::int32_t>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("reshape refuses another number of elements") {
  RunOp op;
  const Value x = op.graph.input("pixels", Type::f32, {2, 3, 4});
  check_error([&] { reshape(x, {5, 5}); }, Fault::usage, "[5, 5] has 25 elements, but x has 24");
  check_error([&] { reshape(x, {5, 5}); }, Fault::usage, "buffer 'pixels'");
}

}  // namespace deepobs
