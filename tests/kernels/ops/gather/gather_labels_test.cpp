#include "kernels/ops/gather/gather_labels.h"

#include <doctest/doctest.h>

#include "tests/error_of.h"
#include "tests/kernels/harness/run_op.h"

namespace deepobs {
namespace {

using Integers = std::vector<std::int32_t>;

}  // namespace

TEST_CASE("gather_labels picks the batch's labels in the order given") {
  for (const Isa isa : isas()) {
    RunOp op;
    const Value labels = op.graph.input("labels", Type::i32, {5});
    const Value order = op.graph.input("order", Type::i32, {7});
    const Value y = gather_labels(labels, order, 3);
    CHECK(y.shape() == Shape{3});
    CHECK(y.type() == Type::i32);
    op.graph.keep(y);
    op.start({.threads = 2, .isa = isa});
    op.write<std::int32_t>("labels", {50, 51, 52, 53, 54});
    op.write<std::int32_t>("order", {4, 0, 2, 2, 1, 3, 0});
    CHECK(op.run<std::int32_t>(y, {.batch = 0}) == Integers{54, 50, 52});
    CHECK(op.run<std::int32_t>(y, {.batch = 1}) == Integers{52, 51, 53});
    CHECK(op.run<std::int32_t>(y, {.step = 9, .batch = 1}) == Integers{52, 51, 53});

    INFO("outside the order there is no label");
    CHECK(op.run<std::int32_t>(y, {.batch = 2}) == Integers{50, -1, -1});
    for (const std::int64_t batch : {std::int64_t{3}, std::int64_t{-1}, INT64_MAX, INT64_MIN})
      CHECK(op.run<std::int32_t>(y, {.batch = batch}) == Integers{-1, -1, -1});

    INFO("outside the data neither");
    op.write<std::int32_t>("order", {5, 4, -1, INT32_MIN, INT32_MAX, 0, 0});
    CHECK(op.run<std::int32_t>(y, {.batch = 0}) == Integers{-1, 54, -1});
    CHECK(op.run<std::int32_t>(y, {.batch = 1}) == Integers{-1, -1, 50});
  }
}

TEST_CASE("gather_labels on enough labels for several tasks") {
  RunOp op;
  const std::int32_t count = 100'000;
  const Value y =
      gather_labels(op.graph.input("labels", Type::i32, {count}), op.graph.input("order", Type::i32, {count}), count);
  op.graph.keep(y);
  op.start();
  Integers labels, order, expected;
  for (std::int32_t i = 0; i < count; ++i) {
    labels.push_back(i * 7);
    order.push_back(count - 1 - i);
    expected.push_back((count - 1 - i) * 7);
  }
  op.write("labels", labels);
  op.write("order", order);
  CHECK(op.run<std::int32_t>(y) == expected);
}

TEST_CASE("gather_labels refuses operands of other types and shapes") {
  RunOp op;
  const Value labels = op.graph.input("labels", Type::i32, {5});
  const Value order = op.graph.input("order", Type::i32, {5});
  const Value floats = op.graph.input("floats", Type::f32, {5});
  const Value table = op.graph.input("table", Type::i32, {5, 2});
  check_error([&] { gather_labels(floats, order, 2); }, Fault::usage, "labels must be int32, not float32");
  check_error([&] { gather_labels(table, order, 2); }, Fault::usage, "labels must be [n], not");
  check_error([&] { gather_labels(labels, floats, 2); }, Fault::usage, "order must be int32, not float32");
  check_error([&] { gather_labels(labels, order, 0); }, Fault::usage, "a batch has at least 1 row, not 0");
}

}  // namespace deepobs
