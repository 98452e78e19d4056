#include "engine/graph/autodiff.h"

#include <doctest/doctest.h>

#include "engine/memory/plan.h"
#include "engine/memory/storage.h"
#include "engine/run/device.h"
#include "engine/run/program.h"
#include "tests/engine/graph/tiny_ops.h"
#include "tests/error_of.h"

namespace deepobs {
namespace {

/// Parameters of two elements whose initial values are the ones given, and the gradients of an objective of them.
class Model {
 public:
  Value parameter(const std::string& name, float first, float second) {
    return graph.parameter(name, {2}, [=](std::span<float> values, std::uint64_t, std::uint64_t) {
      values[0] = first;
      values[1] = second;
    });
  }

  /// By parameter, in the order of declaration. The gradient buffer is full of `before` at first.
  std::vector<std::vector<float>> gradients(float before = 0.f) const {
    const Plan plan = make_plan(graph, {.guard_bytes = 64});
    const auto device = cpu_device({.threads = 1});
    Storage storage(*device, store);
    storage.initialize(0);
    storage.write<float>(Store::gradients_id,
                         std::vector<float>(static_cast<std::size_t>(store.flat_floats()), before));
    Program program(graph, plan, storage);
    program.run({});
    CHECK(program.guards_intact());
    std::vector<std::vector<float>> all;
    for (const auto& parameter : store.parameters()) all.push_back(storage.gradient(parameter));
    return all;
  }

  Store store;
  Graph graph{store};
};

using Pairs = std::vector<std::vector<float>>;

TEST_CASE("autodiff: the gradient of a sum of products is the other factor") {
  Model model;
  const Value a = model.parameter("a", 2, 3), b = model.parameter("b", 5, 7);
  record_gradients(tiny::total(tiny::times(a, b)), tiny::algebra());
  CHECK(model.gradients() == Pairs{{5, 7}, {2, 3}});
}

TEST_CASE("autodiff: gradients are taken once a graph, or the second ones would lie on the first") {
  Model model;
  const Value a = model.parameter("a", 2, 3), b = model.parameter("b", 5, 7);
  const Value objective = tiny::total(tiny::times(a, b));
  record_gradients(objective, tiny::algebra());
  const std::size_t nodes = model.graph.nodes().size();
  for (const Value again : {objective, tiny::total(a)})
    check_error([&] { record_gradients(again, tiny::algebra()); }, Fault::usage, "gradients were recorded already");
  CHECK(model.graph.nodes().size() == nodes + 1);  // of the second objective
  CHECK(model.gradients() == Pairs{{5, 7}, {2, 3}});
}

TEST_CASE("autodiff: who reads the gradients comes behind them, or would read those of the step before") {
  static const Op reading = tiny::same_on_all("reading", [](const Call&) {});
  Model model;
  const Value a = model.parameter("a", 2, 3);
  const Value objective = tiny::total(a);
  model.graph.record_one(reading, {model.graph.buffer(Store::gradients_id)}, {2}, {}, Place::current());
  check_error([&] { record_gradients(objective, tiny::algebra()); }, Fault::usage,
              " reads gradients that are recorded only now, behind it");
}

TEST_CASE("autodiff: an empty Value has no gradient") {
  check_error([] { record_gradients(Value(), tiny::algebra()); }, Fault::usage, "an empty Value");
}

TEST_CASE("autodiff: contributions over several paths are added, also of one operand used twice") {
  Model model;
  const Value a = model.parameter("a", 2, 3);
  const Value square = tiny::times(a, a);                                  // a^2
  record_gradients(tiny::total(tiny::times(square, a)), tiny::algebra());  // a^3 -> 3 a^2
  CHECK(model.gradients() == Pairs{{12, 27}});
}

TEST_CASE("autodiff: one gradient that belongs to two parameters, or to a view, gets a place for each") {
  Model model;
  const Value a = model.parameter("a", 2, 3), b = model.parameter("b", 5, 7), c = model.parameter("c", 1, 1);
  // d total / d flat(x) is one tensor, which every parameter behind a view would like to have as its own.
  const Value objective = tiny::total(tiny::times(tiny::flat(a), tiny::flat(b)));
  (void)c;
  record_gradients(objective, tiny::algebra());
  CHECK(model.gradients(9.f) == Pairs{{5, 7}, {2, 3}, {9, 9}});  // c does not reach it: nothing is written
}

TEST_CASE("autodiff: a parameter that is the objective has gradient one") {
  Store store;
  Graph graph(store);
  const Value a =
      graph.parameter("a", {}, [](std::span<float> values, std::uint64_t, std::uint64_t) { values[0] = 3; });
  record_gradients(a, tiny::algebra());
  const Plan plan = make_plan(graph);
  const auto device = cpu_device({.threads = 1});
  Storage storage(*device, store);
  Program(graph, plan, storage).run({});
  CHECK(storage.gradient(store.parameters()[0]) == std::vector<float>{1});
}

/// Two outputs of which the objective may use one; the rule asks for what is there.
Value second_of_two(Value x) {
  static constexpr Body body = [](const Call& call) {
    for (std::int64_t i = 0; i < call.in[0].elements(); ++i) {
      call.out[0].f32()[i] = 0.f;
      call.out[1].f32()[i] = 3.f * call.in[0].f32()[i];
    }
  };
  static const Op op = tiny::same_on_all("second_of_two", body, [](const Node& node, Gradients& g) {
    const Value dy = g.of_output(1);
    static const Op times_three = tiny::same_on_all("times_three", [](const Call& call) {
      for (std::int64_t i = 0; i < call.in[0].elements(); ++i) call.out[0].f32()[i] = 3.f * call.in[0].f32()[i];
    });
    g.give(0, dy.graph().record_one(times_three, {dy}, dy.shape(), {}, node.place));
  });
  return x.graph().record(op, {x}, {{x.shape()}, {x.shape()}}, {}, Place::current()).out[1];
}

TEST_CASE("autodiff: an op of several outputs is differentiated through the ones that are used") {
  Model model;
  const Value a = model.parameter("a", 2, 3);
  record_gradients(tiny::total(tiny::times(second_of_two(a), a)), tiny::algebra());  // 3 a^2 -> 6 a
  CHECK(model.gradients() == Pairs{{12, 18}});
}

TEST_CASE("autodiff: asking for the gradient of an output that nothing uses is an error that names the node") {
  Model model;
  const Value a = model.parameter("a", 2, 3);
  model.graph.set_label("both");
  const Value second = second_of_two(a);
  model.graph.set_label("");
  const Value first = model.graph.nodes()[0].out[0];
  (void)second;
  check_error([&] { record_gradients(tiny::total(first), tiny::algebra()); }, Fault::internal, "second_of_two 'both'");
}

TEST_CASE("autodiff: a rule is spared what nobody wants") {
  Model model;
  const Value a = model.parameter("a", 2, 3), x = model.graph.input("x", Type::f32, {2});
  record_gradients(tiny::total(tiny::times(a, x)), tiny::algebra());
  // times, total, one, spread, and one product instead of two.
  CHECK(model.graph.nodes().size() == 5);
}

TEST_CASE("autodiff: a gradient rule that gives another shape is named") {
  static constexpr Body body = [](const Call&) {};
  static const Op wrong =
      tiny::same_on_all("wrong", body, [](const Node& node, Gradients& g) { g.give(0, tiny::total(node.in[0])); });
  Model model;
  const Value a = model.parameter("a", 2, 3);
  const Value y = model.graph.record_one(wrong, {a}, {}, {}, Place::current());
  check_error([&] { record_gradients(y, tiny::algebra()); }, Fault::internal,
              "gradient of input 0 has shape [], the input [2]");
}

TEST_CASE("autodiff: what cannot be differentiated is refused, with its name") {
  Model model;
  const Value a = model.parameter("a", 2, 3), x = model.graph.input("x", Type::f32, {2});
  check_error([&] { record_gradients(tiny::times(a, x), tiny::algebra()); }, Fault::usage,
              "gradients are taken of a scalar [], not of [2] from times");
  check_error([&] { record_gradients(tiny::total(x), tiny::algebra()); }, Fault::usage,
              "no parameter reaches the objective");
  check_error([&] { record_gradients(tiny::total(tiny::dead_end(a)), tiny::algebra()); }, Fault::usage,
              "depends on a parameter through dead_end");
  // Beside the parameters it may stand.
  record_gradients(tiny::total(tiny::times(a, tiny::dead_end(x))), tiny::algebra());
}

TEST_CASE("autodiff: gradients of any value, by any value, differentiated again and beside those of the parameters") {
  Model model;
  const Value a = model.parameter("a", 2, 3), x = model.graph.input("x", Type::f32, {2});
  const Value square = tiny::times(a, a), cube = tiny::times(square, a);
  const std::vector<Value> of{a, square, x};
  const auto first = gradients(cube, of, tiny::algebra(), square);  // seeded with a^2
  REQUIRE(first.size() == 3);
  // 3 a^2 a^2; then d (3 a^4) / da = 12 a^3, where the seed counts as the function of a that it is.
  const auto second = gradients(tiny::total(first[0]), std::vector<Value>{a}, tiny::algebra());
  CHECK_FALSE(model.graph.is_differentiated());
  record_gradients(tiny::total(second[0]), tiny::algebra());  // 36 a^2
  for (const Value value : {first[0], first[1], first[2], second[0]}) model.graph.keep(value);
  CHECK(model.gradients() == Pairs{{144, 324}});

  const Plan plan = make_plan(model.graph);
  const auto device = cpu_device({.threads = 1});
  Storage storage(*device, model.store);
  storage.initialize(0);
  Program program(model.graph, plan, storage);
  program.run({});
  const auto read = [&](Value value) {
    std::vector<float> numbers(2);
    program.read<float>(value, numbers);
    return numbers;
  };
  CHECK(read(first[0]) == std::vector<float>{48, 243});
  CHECK(read(first[1]) == std::vector<float>{8, 27});  // a^2 a
  CHECK(read(first[2]) == std::vector<float>{0, 0});
  CHECK(read(second[0]) == std::vector<float>{96, 324});
}

TEST_CASE("autodiff: nothing is recorded but what the gradients asked for need") {
  Model model;
  const Value a = model.parameter("a", 2, 3), b = model.parameter("b", 5, 7);
  const Value inner = tiny::dead_end(tiny::times(a, a));  // which cannot be differentiated, and need not be
  const Value objective = tiny::total(tiny::times(inner, b));
  const std::size_t before = model.graph.nodes().size();
  gradients(objective, std::vector<Value>{b}, tiny::algebra());
  CHECK(model.graph.nodes().size() == before + 3);  // one, spread, and a product
  gradients(objective, std::vector<Value>{inner}, tiny::algebra());
  CHECK(model.graph.nodes().size() == before + 6);
  check_error([&] { gradients(objective, std::vector<Value>{a}, tiny::algebra()); }, Fault::usage,
              "depends on a parameter through dead_end");
  const Value square = model.graph.nodes()[0].out[0];
  check_error([&] { gradients(objective, std::vector<Value>{square}, tiny::algebra()); }, Fault::usage,
              "depends on a value with respect to which its gradient is wanted through dead_end");
}

TEST_CASE("autodiff: nodes of the backward pass carry the label of what they differentiate") {
  Model model;
  const Value a = model.parameter("a", 2, 3);
  model.graph.set_label("layer");
  const Value y = tiny::times(a, a);
  model.graph.set_label("");
  record_gradients(tiny::total(y), tiny::algebra());
  int labelled = 0;
  for (const auto& node : model.graph.nodes()) labelled += node.label == "layer";
  CHECK(labelled == 3);  // the product and its two gradients
}

}  // namespace
}  // namespace deepobs
