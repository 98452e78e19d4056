#include "kernels/ops/gather/gather_floats.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/error_of.h"
#include "tests/kernels/harness/run_op.h"

namespace deepobs {
namespace {

using Floats = std::vector<float>;

}  // namespace

TEST_CASE("gather_floats picks the batch's rows in the order given") {
  for (const Isa isa : isas()) {
    RunOp op;
    const Value data = op.graph.input("data", Type::f32, {4, 3});
    const Value order = op.graph.input("order", Type::i32, {5});
    const Value y = gather_floats(data, order, 2);
    CHECK(y.shape() == Shape{2, 3});
    CHECK(y.type() == Type::f32);
    op.graph.keep(y);
    op.start({.threads = 2, .isa = isa});
    op.write<float>("data", {0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32});
    op.write<std::int32_t>("order", {3, 0, 1, 1, 2});
    CHECK(op.run<float>(y, {.batch = 0}) == Floats{30, 31, 32, 0, 1, 2});
    CHECK(op.run<float>(y, {.batch = 1}) == Floats{10, 11, 12, 10, 11, 12});

    INFO("outside the order there are no numbers");
    const Floats half = op.run<float>(y, {.batch = 2});
    CHECK(Floats(half.begin(), half.begin() + 3) == Floats{20, 21, 22});
    for (std::size_t i = 3; i < 6; ++i) CHECK(std::isnan(half[i]));
    for (const std::int64_t batch : {std::int64_t{3}, std::int64_t{-1}, INT64_MAX, INT64_MIN})
      for (const float value : op.run<float>(y, {.batch = batch})) CHECK(std::isnan(value));

    INFO("outside the data neither");
    for (const std::int32_t wrong : {4, -1, INT32_MIN, INT32_MAX}) {
      op.write<std::int32_t>("order", {wrong, 1, 0, 0, 0});
      const Floats rows = op.run<float>(y, {.batch = 0});
      for (std::size_t i = 0; i < 3; ++i) CHECK(std::isnan(rows[i]));
      CHECK(Floats(rows.begin() + 3, rows.end()) == Floats{10, 11, 12});
    }
  }
}

TEST_CASE("gather_floats on enough numbers for several tasks, and on single ones") {
  for (const std::int64_t width : {1, 40}) {
    RunOp op;
    const std::int32_t count = 5'000;
    const Shape shape = width == 1 ? Shape{count} : Shape{count, width};
    const Value y =
        gather_floats(op.graph.input("data", Type::f32, shape), op.graph.input("order", Type::i32, {count}), count);
    CHECK(y.shape() == shape);
    op.graph.keep(y);
    op.start();
    Floats data, expected;
    std::vector<std::int32_t> order;
    for (std::int32_t i = 0; i < count; ++i) {
      order.push_back(count - 1 - i);
      for (std::int64_t j = 0; j < width; ++j) {
        data.push_back(static_cast<float>(i * width + j));
        expected.push_back(static_cast<float>((count - 1 - i) * width + j));
      }
    }
    op.write("data", data);
    op.write("order", order);
    CHECK(op.run<float>(y) == expected);
  }
}

TEST_CASE("gather_floats refuses operands of other types and shapes") {
  RunOp op;
  const Value data = op.graph.input("data", Type::f32, {5, 2});
  const Value order = op.graph.input("order", Type::i32, {5});
  const Value scalar = op.graph.input("scalar", Type::f32, {});
  check_error([&] { gather_floats(order, order, 2); }, Fault::usage, "data must be float32, not int32");
  check_error([&] { gather_floats(scalar, order, 2); }, Fault::usage, "data must be [n, ...], not");
  const Value floats = op.graph.input("floats", Type::f32, {5});
  check_error([&] { gather_floats(data, floats, 2); }, Fault::usage, "order must be int32, not float32");
  check_error([&] { gather_floats(data, data, 2); }, Fault::usage, "order must be [m], not [5, 2]");
  check_error([&] { gather_floats(data, order, 0); }, Fault::usage, "a batch has at least 1 row, not 0");
}

}  // namespace deepobs
