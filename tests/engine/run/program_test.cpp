#include "engine/run/program.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/memory/snapshot.h"
#include "tests/engine/graph/tiny_ops.h"
#include "tests/engine/run/small_mlp.h"
#include "tests/error_of.h"

namespace deepobs {
namespace {

/// A graph over one input x [4] of 1, 2, 3, 4; run() replays it under a plan.
struct Fixture {
  struct Run {
    Run(const Graph& graph, const PlanOptions& options)
        : plan(make_plan(graph, options)), storage(*device, graph.store()), program(graph, plan, storage) {
      storage.write<float>(graph.store().find("x"), std::vector<float>{1, 2, 3, 4});
    }
    std::vector<float> read(Value value) const {
      std::vector<float> numbers(static_cast<std::size_t>(value.shape().elements()));
      program.read<float>(value, numbers);
      return numbers;
    }
    std::unique_ptr<Device> device = cpu_device({.threads = 1});
    Plan plan;
    Storage storage;
    Program program;
  };
  Run run(const PlanOptions& options = {}) const { return Run(graph, options); }

  Store store;
  Graph graph{store};
  Value x = graph.input("x", Type::f32, {4});
};

using Floats = std::vector<float>;

TEST_CASE_FIXTURE(Fixture, "program: a replay computes what was recorded, and what is kept can be read") {
  const Value y = tiny::opposed(tiny::mixed(x, x), x);  // 3/8 x - 1/4 x
  const Value z = tiny::total(y);
  graph.keep(y);
  graph.keep(z);
  auto run = this->run();
  run.program.run({});
  CHECK(run.read(y) == Floats{0.125f, 0.25f, 0.375f, 0.5f});
  CHECK(run.read(z) == Floats{1.25f});
  CHECK(run.read(x) == Floats{1, 2, 3, 4});
  run.storage.write<float>(store.find("x"), Floats{8, 8, 8, 8});
  run.program.run({});
  CHECK(run.read(y) == Floats{1, 1, 1, 1});
}

TEST_CASE_FIXTURE(Fixture, "program: only what was kept can be read, unless nothing is reused") {
  const Value y = tiny::mixed(x, x), z = tiny::total(y);
  graph.keep(z);
  auto run = this->run();
  run.program.run({});
  check_error([&] { run.read(y); }, Fault::usage, "Graph::keep() it before planning: [4] from mixed");
  Floats three(3);
  check_error([&] { run.program.read<float>(x, three); }, Fault::usage, "has 16 bytes, not 12");
  auto apart = this->run({.reuse = false});
  apart.program.run({});
  CHECK(apart.read(y) == Floats{0.75f, 1.5f, 2.25f, 3.f});
}

TEST_CASE_FIXTURE(Fixture, "program: a value that was kept after the graph was planned is refused, not read wrongly") {
  const Value y = tiny::mixed(x, x), z = tiny::total(tiny::mixed(y, x));
  graph.keep(z);
  auto run = this->run();
  graph.keep(y);
  run.program.run({});
  check_error([&] { run.read(y); }, Fault::usage, "Graph::keep() it before planning: [4] from mixed");
  auto again = this->run();
  again.program.run({});
  CHECK(again.read(y) == Floats{0.75f, 1.5f, 2.25f, 3.f});
}

TEST_CASE_FIXTURE(Fixture, "program: before the first replay there is nothing to read but buffers") {
  const Value y = tiny::mixed(x, x);
  graph.keep(y);
  auto run = this->run();
  check_error([&] { run.read(y); }, Fault::usage, {"nothing was replayed yet", "from mixed"});
  CHECK(run.read(x) == Floats{1, 2, 3, 4});
  run.program.run({});
  CHECK_NOTHROW(run.read(y));
}

TEST_CASE_FIXTURE(Fixture, "program: numbers are read in the type that they have") {
  const Value y = tiny::mixed(x, x);
  graph.keep(y);
  auto run = this->run();
  run.program.run({});
  std::vector<std::int32_t> whole(4);
  check_error([&] { run.program.read<std::int32_t>(y, whole); }, Fault::usage, "float32 numbers, not int32");
  std::vector<double> half(2);
  check_error([&] { run.program.read<double>(y, half); }, Fault::usage, {"float32 numbers, not float64", "from mixed"});
  check_error([&] { run.program.read<double>(x, half); }, Fault::usage, "buffer 'x'");
}

TEST_CASE_FIXTURE(Fixture, "program: an empty Value, or one of another graph, cannot be kept or read") {
  auto run = this->run();
  Graph other(store);
  other.input("y", Type::f32, {4});
  const Value foreign = tiny::mixed(other.buffer(store.find("x")), other.buffer(store.find("y")));
  check_error([&] { run.read(foreign); }, Fault::usage, "belongs to another graph");
  check_error([&] { graph.keep(foreign); }, Fault::usage, "belongs to another graph");
  Floats one(1);
  check_error([&] { run.program.read<float>(Value(), one); }, Fault::usage, "an empty Value");
  check_error([&] { graph.keep(Value()); }, Fault::usage, "an empty Value");
}

// ---- Parameters have values before they are read ----

struct WithParameters : Fixture {
  WithParameters() {
    graph.keep(y);
    store.parameter("unused", {4}, Border::plain({4}), nullptr);
  }
  Value w = graph.parameter("w", {4}, [](std::span<float> to, std::uint64_t, std::uint32_t) { to[0] = 8; });
  Value y = tiny::mixed(x, w);
};

TEST_CASE_FIXTURE(WithParameters, "program: parameters that nobody gave values are named at the first replay") {
  auto run = this->run();
  const char* why = "parameter 'w' has no values yet";
  check_error([&] { run.program.run({}); }, Fault::usage, why);
  check_error([&] { run.program.run_several({}, 2); }, Fault::usage, why);
  check_error([&] { run.program.find_first_non_finite({}); }, Fault::usage, why);
  run.storage.set_parameter(store.parameters()[0], Floats{8, 0, 0, 0});
  run.program.run({});
  CHECK(run.read(y) == Floats{2.5f, 1, 1.5f, 2});
}

TEST_CASE_FIXTURE(WithParameters, "program: parameters of a copy, and of a flat buffer that was written, have values") {
  auto run = this->run();
  Storage empty(*run.device, store), copy(*run.device, store);
  run.storage.set_parameter(store.parameters()[0], Floats{8, 0, 0, 0});
  const Snapshot filled(run.storage), nothing(empty);
  filled.restore(copy);
  CHECK_NOTHROW(Program(graph, run.plan, copy).run({}));
  nothing.restore(copy);  // and those of a copy of none have none
  check_error([&] { Program(graph, run.plan, copy).run({}); }, Fault::usage, "parameter 'w' has no values yet");
  empty.write<float>(Store::parameters_id, Floats(static_cast<std::size_t>(store.flat_floats())));
  CHECK_NOTHROW(Program(graph, run.plan, empty).run({}));
}

TEST_CASE_FIXTURE(WithParameters, "program: a node that reads the flat buffer reads all parameters") {
  tiny::total(graph.buffer(Store::parameters_id));
  auto run = this->run();
  run.storage.set_parameter(store.parameters()[0], Floats(4));
  check_error([&] { run.program.run({}); }, Fault::usage, "parameter 'unused' has no values yet");
}

TEST_CASE_FIXTURE(WithParameters, "program: a node that reads a part of the flat buffer reads the parameters there") {
  tiny::total(graph.region(Store::parameters_id, store.parameters()[1].offset, {2}));
  auto run = this->run();
  run.storage.set_parameter(store.parameters()[0], Floats(4));
  check_error([&] { run.program.run({}); }, Fault::usage, "parameter 'unused' has no values yet");
  run.storage.set_parameter(store.parameters()[1], Floats(4));
  CHECK_NOTHROW(run.program.run({}));
}

TEST_CASE_FIXTURE(Fixture, "program: a region is memory of its buffer, and can be read and changed") {
  const int state = store.buffer({.name = "state", .shape = {36}});
  const Value before = graph.region(state, 0, {1}), at = graph.region(state, 16, {1}),
              behind = graph.region(state, 32, {4});
  tiny::note(x, at);
  tiny::note(tiny::mixed(x, x), behind);
  auto run = this->run();
  run.program.run({});
  run.program.run({});
  Floats all(36);
  run.storage.read<float>(state, all);
  CHECK(all[16] == 20);
  CHECK(all[32] == 15);
  CHECK(std::ranges::count(all, 0.f) == 34);
  CHECK(run.read(at) == Floats{20});
  CHECK(run.read(before) == Floats{0});
  CHECK(run.read(behind) == Floats{15, 0, 0, 0});
}

TEST_CASE_FIXTURE(WithParameters, "program: a parameter declared after the storage was made is refused") {
  const auto device = cpu_device({.threads = 1});
  Storage storage(*device, store);
  tiny::mixed(graph.parameter("late", {400'000}, nullptr), graph.parameter("late", {400'000}, nullptr));
  const Plan plan = make_plan(graph);
  check_error([&] { Program(graph, plan, storage); }, Fault::usage, "'late' was declared after the storage was made");
}

TEST_CASE_FIXTURE(Fixture, "program: two share an arena, and what the other has overwritten is not read") {
  const Value y = tiny::mixed(x, x);
  graph.keep(y);
  auto run = this->run();
  Arena arena(*run.device, run.plan.arena_bytes);
  Program first(graph, run.plan, run.storage, arena), second(graph, run.plan, run.storage, arena);
  Floats of_first(4), of_second(4);
  first.run({});
  first.read<float>(y, of_first);
  second.run({});
  second.read<float>(y, of_second);
  CHECK(of_first == of_second);
  check_error([&] { first.read<float>(y, of_first); }, Fault::usage, "another program of the same arena");
  first.run({});
  CHECK_NOTHROW(first.read<float>(y, of_first));

  Arena small(*run.device, run.plan.arena_bytes - 1);
  check_error([&] { Program(graph, run.plan, run.storage, small); }, Fault::usage, "needs an arena of ");
  const auto other = cpu_device({.threads = 1});
  Arena elsewhere(*other, run.plan.arena_bytes);
  check_error([&] { Program(graph, run.plan, run.storage, elsewhere); }, Fault::usage, "on another device");
}

TEST_CASE_FIXTURE(Fixture, "program: a storage of another store is refused") {
  Store other;
  other.buffer({.name = "x", .shape = {4}});
  const auto device = cpu_device({.threads = 1});
  Storage storage(*device, other);
  const Plan plan = make_plan(graph);
  check_error([&] { Program(graph, plan, storage); }, Fault::usage, "a storage of another store");
}

TEST_CASE_FIXTURE(Fixture, "program: a plan of another graph of the same store, or of none, is refused") {
  const Graph other(store);
  const auto device = cpu_device({.threads = 1});
  Storage storage(*device, store);
  check_error([&] { Program(graph, make_plan(other), storage); }, Fault::usage, "the plan was made of another graph");
  check_error([&] { Program(graph, Plan(), storage); }, Fault::usage, "the plan was made of another graph");
}

TEST_CASE_FIXTURE(Fixture, "program: the step reaches the bodies") {
  static const Op report = tiny::same_on_all("report", [](const Call& call) {
    const StepBlock& step = *call.step;
    const float numbers[4]{static_cast<float>(step.seed), static_cast<float>(step.step), static_cast<float>(step.batch),
                           static_cast<float>(step.learning_rate)};
    std::copy(numbers, numbers + 4, call.out[0].f32());
  });
  const Value y = graph.record_one(report, {x}, {4}, {}, Place::current());
  graph.keep(y);
  auto run = this->run();
  run.program.run({.seed = 3, .step = 5, .batch = 7, .learning_rate = 0.5});
  CHECK(run.read(y) == Floats{3, 5, 7, 0.5f});
  run.program.run({.seed = 4, .step = 6, .batch = 8, .learning_rate = 0.25});
  CHECK(run.read(y) == Floats{4, 6, 8, 0.25f});
}

TEST_CASE_FIXTURE(Fixture, "program: a view is the memory of what it views") {
  const Value y = tiny::mixed(x, x), view = tiny::flat(y);
  graph.keep(view);
  auto run = this->run({.guard_bytes = 64});
  run.program.run({});
  CHECK(run.read(view) == run.read(y));
  CHECK(run.plan.locations[static_cast<std::size_t>(view.id())].byte_offset ==
        run.plan.locations[static_cast<std::size_t>(y.id())].byte_offset);
}

TEST_CASE_FIXTURE(Fixture, "program: a graph that grew after it was planned is refused") {
  const Plan plan = make_plan(graph);
  tiny::mixed(x, x);
  const auto device = cpu_device({.threads = 1});
  Storage storage(*device, store);
  check_error([&] { Program(graph, plan, storage); }, Fault::usage, "before the graph was complete");
}

TEST_CASE_FIXTURE(Fixture, "program: a buffer declared after the storage was made is refused") {
  const auto device = cpu_device({.threads = 1});
  Storage storage(*device, store);
  tiny::mixed(x, graph.input("late", Type::f32, {4}));
  const Plan plan = make_plan(graph);
  check_error([&] { Program(graph, plan, storage); }, Fault::usage, "declared after the storage was made");
}

// ---- The harness's own eyes: planted mistakes are seen ----

/// Writes `count` elements from the first one on, whatever the tensor's size.
Value writes(Value x, std::int64_t count, std::int64_t from = 0) {
  struct Range {
    std::int64_t from, count;
  };
  static const Op op = tiny::same_on_all("writes", [](const Call& call) {
    const auto& range = call.as<Range>();
    for (std::int64_t i = range.from; i < range.from + range.count; ++i) call.out[0].f32()[i] = 1.f;
  });
  return x.graph().record_one(op, {x}, x.shape(), Attributes::of(Range{from, count}), Place::current());
}

TEST_CASE_FIXTURE(Fixture, "program: guards see a write behind a tensor, however small, and no other") {
  const Value y = writes(x, 4);
  graph.keep(y);
  auto run = this->run({.guard_bytes = 256});
  CHECK(run.program.guards_intact());
  run.program.run({});
  CHECK(run.program.guards_intact());
  // 16 bytes of tensor, 48 to the end of its cache line, 256 of guard.
  for (const std::int64_t at : {4, 5, 15, 16, 79}) {
    Fixture other;
    other.graph.keep(writes(other.x, 1, at));
    auto bad = other.run({.guard_bytes = 256});
    bad.program.run({});
    CAPTURE(at);
    CHECK_FALSE(bad.program.guards_intact());
    bad.program.poison(0xFF);  // makes the guards anew
    CHECK(bad.program.guards_intact());
  }
}

TEST_CASE_FIXTURE(Fixture, "program: poison shows an element that is not written, and one that is read too early") {
  graph.keep(writes(x, 3));
  auto run = this->run({.guard_bytes = 64});
  const Value y = graph.nodes()[0].out[0];
  run.program.poison(0xFF);
  run.program.run({});
  CHECK(std::isnan(run.read(y)[3]));
  CHECK(run.read(y)[2] == 1.f);
  run.program.poison(0x00);
  run.program.run({});
  CHECK(run.read(y)[3] == 0.f);
  CHECK(run.program.guards_intact());
}

// ---- Where a value stopped being finite ----

TEST_CASE_FIXTURE(Fixture,
                  "program: the first node with a result that is not finite is found, at 100 pairs of step and place") {
  constexpr int places = 25;
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const float kinds[4]{nan, infinity, -infinity, -nan};
  Value y = x;
  for (int place = 0; place < places; ++place) {
    graph.set_label(text("layer", place));
    // At step 4 place + kind, this place spoils its result; every fourth one's successors overflow or mix it on.
    for (int kind = 0; kind < 4; ++kind) y = tiny::spoiled(y, 4 * place + kind, kinds[kind]);
    y = tiny::mixed(y, x);
  }
  graph.keep(y);
  auto run = this->run();
  int right = 0;
  for (std::int64_t step = 0; step < 4 * places; ++step) {
    const Node* found = run.program.find_first_non_finite({.step = step});
    // Five nodes a place; the spoiling one is number step % 4 of them.
    right += found == &graph.nodes()[static_cast<std::size_t>(step / 4 * 5 + step % 4)] &&
             found->label == text("layer", step / 4);
  }
  CHECK(right == 100);
  CHECK(run.program.find_first_non_finite({.step = 4 * places}) == nullptr);
}

TEST_CASE_FIXTURE(Fixture, "program: a number of the host's that is not finite is found where it is first used") {
  const Value w = graph.input("w", Type::f32, {4});
  const Value first = tiny::mixed(x, x);
  const auto [half, quarter] = tiny::parted(tiny::mixed(first, w));
  graph.keep(tiny::opposed(half, quarter));
  auto run = this->run();
  CHECK(run.program.find_first_non_finite({}) == nullptr);
  run.storage.write<float>(store.find("w"), Floats{0, 0, 0, std::numeric_limits<float>::infinity()});
  CHECK(run.program.find_first_non_finite({}) == &graph.nodes()[1]);
  run.storage.write<float>(store.find("x"), Floats{0, 0, std::numeric_limits<float>::quiet_NaN(), 0});
  CHECK(run.program.find_first_non_finite({}) == &graph.nodes()[0]);
}

TEST_CASE_FIXTURE(Fixture,
                  "program: every output of a node is looked at, and only numbers that can be other than finite") {
  static const Op op = tiny::same_on_all("second", [](const Call& call) {
    call.out[0].i32()[0] = -1;  // as a float this would be a NaN
    call.out[1].f32()[0] = static_cast<float>(call.step->step) / 0.f;
  });
  graph.record(op, {x}, {{{1}, Type::i32}, {{1}}}, {}, Place::current());
  auto run = this->run();
  CHECK(run.program.find_first_non_finite({.step = 1}) == &graph.nodes()[0]);
  CHECK(run.program.find_first_non_finite({.step = 0}) == &graph.nodes()[0]);  // 0 / 0
}

TEST_CASE_FIXTURE(Fixture, "program: a watched replay tells every node that computes, in order, until it is stopped") {
  const Value y = tiny::mixed(x, x), z = tiny::total(y);
  graph.keep(z);
  auto run = this->run();
  std::vector<const Node*> seen;
  run.program.run_watched({}, [&](const Node& node) {
    seen.push_back(&node);
    return true;
  });
  CHECK(seen == std::vector<const Node*>{&graph.nodes()[0], &graph.nodes()[1]});
  const Floats total = run.read(z);
  run.storage.write<float>(store.find("x"), Floats{0, 0, 0, 0});
  run.program.run_watched({}, [&](const Node&) { return false; });
  CHECK(run.read(z) == total);  // the second node did not run
  run.program.run_watched({}, [&](const Node&) { return true; });
  CHECK(run.read(z) == Floats{0});
  check_error([&] { run.program.run_watched({}, nullptr); }, Fault::usage, "a function that is told of each node");
}

TEST_CASE("program: nothing is found in a training step that stays finite, whatever its memory held before") {
  const SmallMlp mlp;
  const auto device = cpu_device({.threads = 2});
  Storage storage(*device, mlp.store);
  storage.initialize(1);
  Program program(mlp.graph, mlp.plan, storage);
  for (const std::uint8_t byte : {0xFF, 0x00}) {
    program.poison(byte);
    const Node* found = program.find_first_non_finite({.learning_rate = 0.01});
    CHECK_MESSAGE(found == nullptr, (found ? found->described() : ""));
  }
}

}  // namespace
}  // namespace deepobs
