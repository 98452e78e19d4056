#include "engine/memory/plan.h"

#include <doctest/doctest.h>

#include "engine/graph/graph_editor.h"
#include "tests/engine/graph/tiny_ops.h"
#include "tests/error_of.h"

namespace deepobs {
namespace {

/// An input x [100], which needs 400 bytes: 448 with the rest of its last cache line.
struct Fixture {
  std::int64_t offset(const Plan& plan, Value value) const {
    return plan.locations[static_cast<std::size_t>(value.id())].byte_offset;
  }
  bool in_arena(const Plan& plan, Value value) const {
    return plan.locations[static_cast<std::size_t>(value.id())].buffer < 0;
  }

  Store store;
  Graph graph{store};
  Value x = graph.input("x", Type::f32, {100});
};

TEST_CASE_FIXTURE(Fixture, "plan: an empty graph needs no memory") {
  const Plan plan = make_plan(graph);
  CHECK(plan.arena_bytes == 0);
  CHECK_FALSE(in_arena(plan, x));
}

TEST_CASE_FIXTURE(Fixture, "plan: memory of a dead tensor is used again") {
  const Value a = tiny::resized(x, 100), b = tiny::resized(a, 100), c = tiny::resized(b, 100);
  const Plan plan = make_plan(graph);
  CHECK(plan.arena_bytes == 2 * 448);
  CHECK(offset(plan, a) == offset(plan, c));
  CHECK(offset(plan, a) != offset(plan, b));
}

TEST_CASE_FIXTURE(Fixture, "plan: an op works in place when its input dies there") {
  const Value a = tiny::resized(x, 100), b = tiny::mixed(a, x), c = tiny::opposed(x, b);
  const Plan plan = make_plan(graph);
  CHECK(plan.arena_bytes == 448);
  CHECK(offset(plan, a) == offset(plan, b));
  CHECK(offset(plan, b) == offset(plan, c));
}

TEST_CASE_FIXTURE(Fixture, "plan: an op does not work in place on what is needed later") {
  const Value a = tiny::resized(x, 100), b = tiny::mixed(a, x);
  tiny::mixed(b, a);
  CHECK(offset(make_plan(graph), a) != offset(make_plan(graph), b));
}

TEST_CASE_FIXTURE(Fixture, "plan: an op does not work in place on what is kept") {
  const Value a = tiny::resized(x, 100), b = tiny::mixed(a, x);
  graph.keep(a);
  CHECK(offset(make_plan(graph), a) != offset(make_plan(graph), b));
}

TEST_CASE_FIXTURE(Fixture, "plan: an op does not work in place on what a view, used later, shows") {
  const Value a = tiny::resized(x, 100), view = tiny::flat(a), b = tiny::mixed(a, x);
  tiny::mixed(b, view);
  CHECK(offset(make_plan(graph), a) != offset(make_plan(graph), b));
  CHECK(offset(make_plan(graph), a) == offset(make_plan(graph), view));
}

TEST_CASE_FIXTURE(Fixture, "plan: an op does not work in place on what it reads twice") {
  const Value a = tiny::resized(x, 100), b = tiny::mixed(a, a);
  CHECK(offset(make_plan(graph), a) != offset(make_plan(graph), b));
}

TEST_CASE_FIXTURE(Fixture, "plan: an op does not work in place on what has another size") {
  static const Op op = tiny::same_on_all(
      "regrown", [](const Call&) {}, nullptr, 0);
  const Value a = tiny::resized(x, 100), b = graph.record_one(op, {a}, {200}, {}, Place::current());
  const Value c = graph.record_one(op, {b}, {50}, {}, Place::current());
  const Plan plan = make_plan(graph);
  CHECK(plan.arena_bytes == 832 + 448);
  CHECK(offset(plan, a) != offset(plan, b));
  CHECK(offset(plan, b) != offset(plan, c));
}

TEST_CASE_FIXTURE(Fixture, "plan: an op does not work in place on an input, nor into a buffer") {
  const Value a = tiny::mixed(x, x), b = tiny::mixed(a, x);
  const int buffer = store.buffer({.name = "here", .shape = {200}});
  GraphEditor(graph).settle(b, buffer, 50);
  const Plan plan = make_plan(graph);
  CHECK(in_arena(plan, a));
  CHECK(plan.locations[static_cast<std::size_t>(b.id())].buffer == buffer);
  CHECK(offset(plan, b) == 200);
}

TEST_CASE_FIXTURE(Fixture, "plan: without reuse every tensor has memory of its own") {
  const Value a = tiny::resized(x, 100), b = tiny::mixed(a, x), c = tiny::mixed(b, x);
  const Plan plan = make_plan(graph, {.reuse = false});
  CHECK(plan.arena_bytes == 3 * 448);
  CHECK(offset(plan, a) != offset(plan, b));
  CHECK(offset(plan, b) != offset(plan, c));
}

TEST_CASE_FIXTURE(Fixture, "plan: tensors keep the distance of the guards, which are whole cache lines") {
  const Value a = tiny::resized(x, 100), b = tiny::resized(a, 100);
  const Plan plan = make_plan(graph, {.guard_bytes = 128});
  CHECK(std::abs(offset(plan, a) - offset(plan, b)) == 448 + 128);
  CHECK(plan.arena_bytes == 2 * (448 + 128));
  for (const std::int64_t bytes : {-64, 1, 63, 65})
    check_error([=, this] { make_plan(graph, {.guard_bytes = bytes}); }, Fault::usage, "multiple of 64");
}

TEST_CASE_FIXTURE(Fixture, "plan: large tensors are placed first, small ones where they leave room") {
  const Value large = tiny::resized(x, 1000), small = tiny::resized(large, 10), next = tiny::resized(small, 900);
  const Value last = tiny::mixed(next, next);
  const Plan plan = make_plan(graph);
  CHECK(offset(plan, large) == 0);
  CHECK(offset(plan, next) == 0);  // born when large is dead
  CHECK(offset(plan, last) == 3648);
  CHECK(offset(plan, small) == 4032);  // behind large, in what will be last's
  CHECK(plan.arena_bytes == 2 * 3648);
}

TEST_CASE_FIXTURE(Fixture, "plan: a plan prints what lies in the arena") {
  const Place place = Place::current();
  tiny::resized(x, 100, place);
  const std::string table = make_plan(graph).to_text(graph);
  CHECK(table.find("arena 448 bytes") == 0);
  CHECK(table.find(text("         0        400  [100] from resized, memory/plan_test.cpp:", place.line())) !=
        std::string::npos);
}

}  // namespace
}  // namespace deepobs
