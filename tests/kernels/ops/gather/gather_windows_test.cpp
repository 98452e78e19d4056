#include "kernels/ops/gather_windows/gather_windows.h"

#include <doctest/doctest.h>

#include "tests/error_of.h"
#include "tests/kernels/harness/run_op.h"

namespace deepobs {
namespace {

using Integers = std::vector<std::int32_t>;

Integers counting(std::int32_t count) {
  Integers values;
  for (std::int32_t i = 0; i < count; ++i) values.push_back(i);
  return values;
}

}  // namespace

TEST_CASE("gather_windows: rows are streams, and each mini-batch goes on where the one before ends") {
  for (const Isa isa : isas()) {
    RunOp op;
    const Value sequence = op.graph.input("sequence", Type::i32, {20});
    // 15 numbers from 3 on: two streams of 7, hence two windows of 3 in each.
    const GatherWindows how{.batch = 2, .length = 3, .first = 3, .count = 15};
    CHECK(how.batches() == 2);
    GatherWindows next = how;
    next.shift = 1;
    const Value x = gather_windows(sequence, how), y = gather_windows(sequence, next);
    CHECK(x.shape() == Shape{2, 3});
    CHECK(x.type() == Type::i32);
    op.graph.keep(x);
    op.graph.keep(y);
    op.start({.threads = 2, .isa = isa});
    op.write("sequence", counting(20));
    CHECK(op.run<std::int32_t>(x, {.batch = 0}) == Integers{3, 4, 5, 9, 10, 11});
    CHECK(op.run<std::int32_t>(y, {.batch = 0}) == Integers{4, 5, 6, 10, 11, 12});
    CHECK(op.run<std::int32_t>(x, {.step = 7, .batch = 1}) == Integers{6, 7, 8, 12, 13, 14});
    CHECK(op.run<std::int32_t>(y, {.batch = 1}) == Integers{7, 8, 9, 13, 14, 15});
  }
}

TEST_CASE("gather_windows: the numbers of windows are DeepOBS's") {
  CHECK(GatherWindows{.batch = 50, .length = 50, .count = 2'612'948}.batches() == 1045);
  CHECK(GatherWindows{.batch = 50, .length = 50, .count = 653'237}.batches() == 261);
  CHECK(GatherWindows{.batch = 2, .length = 3, .count = 7}.batches() == 1);
  CHECK(GatherWindows{.batch = 2, .length = 3, .count = 6}.batches() == 0);
  CHECK(GatherWindows{.batch = 2, .length = 3, .count = 0}.batches() == 0);
}

TEST_CASE("gather_windows on enough numbers for several tasks") {
  RunOp op;
  const std::int64_t batch = 300, length = 70, batches = 3, count = batch * length * batches + 1;
  const Value y = gather_windows(op.graph.input("sequence", Type::i32, {count}),
                                 {.batch = batch, .length = length, .count = count, .shift = 1});
  op.graph.keep(y);
  op.start();
  op.write("sequence", counting(static_cast<std::int32_t>(count)));
  Integers expected;
  for (std::int64_t k = 0; k < batch; ++k)
    for (std::int64_t t = 0; t < length; ++t)
      expected.push_back(static_cast<std::int32_t>((k * batches + 2) * length + t + 1));
  CHECK(op.run<std::int32_t>(y, {.batch = 2}) == expected);
}

TEST_CASE("gather_windows refuses other operands, and parts that have no window for every row") {
  RunOp op;
  const Value sequence = op.graph.input("sequence", Type::i32, {20});
  const auto refuse = [&](Value of, const GatherWindows& how, const std::string& words) {
    check_error([&] { gather_windows(of, how); }, Fault::usage, words);
  };
  const GatherWindows good{.batch = 2, .length = 3, .count = 20};
  refuse(op.graph.input("floats", Type::f32, {20}), good, "sequence must be int32, not float32");
  refuse(op.graph.input("table", Type::i32, {20, 1}), good, "the sequence must be [n], not");
  const auto with = [&](auto change) {
    GatherWindows how = good;
    change(how);
    return how;
  };
  refuse(sequence, with([](auto& h) { h.batch = 0; }), "at least 1 row of 1 number, not 0 of 3");
  refuse(sequence, with([](auto& h) { h.length = 0; }), "at least 1 row of 1 number, not 2 of 0");
  refuse(sequence, with([](auto& h) { h.shift = 2; }), "the shift must be 0 or 1, not 2");
  refuse(sequence, with([](auto& h) { h.first = 1; }), "the part of 20 numbers from 1 on is not in");
  refuse(sequence, with([](auto& h) { h.first = -1; }), "the part of 20 numbers from -1 on is not in");
  refuse(sequence, with([](auto& h) { h.count = INT64_MAX; }), "is not in");
  refuse(sequence, with([](auto& h) { h.count = 6; }), "a part of 6 numbers is too short for 2 windows of 3 and one");
  CHECK(gather_windows(sequence, with([](auto& h) { h.count = 7; })).shape() == Shape{2, 3});
}

}  // namespace deepobs
