#include "engine/graph/graph.h"

#include <doctest/doctest.h>

#include "engine/graph/graph_editor.h"
#include "tests/engine/graph/tiny_ops.h"
#include "tests/error_of.h"

namespace deepobs {
namespace {

const Initializer nothing = [](std::span<float>, std::uint64_t, std::uint64_t) {};

TEST_CASE("graph: a recorded value knows where it came from") {
  Store store;
  Graph graph(store);
  const Value w = graph.parameter("w", {2, 3}, nothing);
  const Value x = graph.input("x", Type::i32, {7});
  graph.set_label("fc1");
  const Place place = Place::current();
  const Value y = tiny::mixed(w, w, place);
  CHECK(y.shape() == Shape{2, 3});
  CHECK(y.type() == Type::f32);
  CHECK(y.dim(1) == 3);
  CHECK(x.type() == Type::i32);
  CHECK(w.described() == "[2, 3], parameter 'w'");
  CHECK(x.described() == "[7], buffer 'x'");
  CHECK(y.described() == text("[2, 3] from mixed 'fc1', graph/graph_test.cpp:", place.line()));
  CHECK(graph.nodes()[0].described() == text("mixed 'fc1', graph/graph_test.cpp:", place.line()));
  graph.set_label("");
  const Value z = tiny::total(y, place);
  CHECK(z.described() == text("[] from total, graph/graph_test.cpp:", place.line()));
}

TEST_CASE("graph: a parameter and a buffer have one value in a graph, however often they are asked for") {
  Store store;
  Graph graph(store);
  const Value w = graph.parameter("w", {3}, nothing);
  CHECK(graph.parameter("w", {3}, nothing) == w);
  const Value x = graph.input("x", Type::f32, {3});
  CHECK(graph.buffer(store.find("x")) == x);
  CHECK(graph.values().size() == 2);
  check_error([&] { graph.parameter("w", {4}, nothing); }, Fault::usage, "declared as [3] and is now asked for as [4]");
  check_error([&] { graph.input("x", Type::f32, {3}); }, Fault::usage, "already a buffer 'x'");
  for (const int id : {-1, 3, 1 << 30})
    check_error([=, &graph] { graph.buffer(id); }, Fault::usage, text("the store has no buffer ", id));
}

TEST_CASE("graph: two graphs over one store share its tensors") {
  Store store;
  Graph train(store), evaluate(store);
  const Value a = train.parameter("a", {3}, nothing), b = train.parameter("b", {5}, nothing);
  const Value same = evaluate.parameter("b", {5}, nothing);
  CHECK(store.parameters().size() == 2);
  CHECK(evaluate.info(same).offset == train.info(b).offset);
  CHECK(train.info(a).offset != train.info(b).offset);
  check_error([&] { tiny::mixed(b, same); }, Fault::usage, "an operand belongs to another graph");
  CHECK(train.nodes().empty());
}

TEST_CASE("graph: an operand has the type that the op declares for it, f32 where it declares none") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {3}), n = graph.input("n", Type::i32, {3});
  const Place place = Place::current();
  check_error(
      [&] { tiny::mixed(x, n, place); }, Fault::usage,
      text("mixed at graph/graph_test.cpp:", place.line(), ": operand 1 must be float32, not int32: [3], buffer 'n'"));
  for (const auto& [type, name] : {std::pair(Type::i32, "int32"), std::pair(Type::u8, "uint8"),
                                   std::pair(Type::f64, "float64"), std::pair(Type::bf16, "bf16")})
    check_error([&] { tiny::total(graph.input(name, type, {3})); }, Fault::usage,
                text("operand 0 must be float32, not ", name));
  CHECK(graph.nodes().empty());
  CHECK(tiny::flat(n).type() == Type::f32);  // a view takes any type, and says itself what it makes of it
}

TEST_CASE("graph: an empty Value is told from a tensor, wherever one comes") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {3}), none;
  const char* why = "an empty Value";
  check_error([&] { tiny::mixed(x, none); }, Fault::usage, why);
  check_error([&] { tiny::mixed(none, x); }, Fault::usage, why);
  check_error([&] { none.shape(); }, Fault::usage, why);
  check_error([&] { none.type(); }, Fault::usage, why);
  check_error([&] { none.graph(); }, Fault::usage, why);
  check_error([&] { graph.info(none); }, Fault::usage, why);
  CHECK(none.described() == "an empty Value");
}

TEST_CASE("graph: another type reaches every value in the same memory, and none that somebody else reads") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {2, 3}), y = tiny::mixed(x, x), row = tiny::flat(y);
  const Value column = tiny::flat(row), kept = tiny::mixed(x, x);
  graph.keep(kept);
  CHECK(graph.root(column) == y);
  CHECK(graph.root(x) == x);
  GraphEditor(graph).retype(row, Type::bf16);
  for (const Value value : {y, row, column}) CHECK(value.type() == Type::bf16);
  CHECK(x.type() == Type::f32);
  for (const Value value : {x, kept, tiny::flat(x)})
    check_error([&] { GraphEditor(graph).retype(value, Type::bf16); }, Fault::internal, "nobody outside reads");
}

TEST_CASE("graph: a node moved forward stays the producer of its value, as do those behind it") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {3}), a = tiny::mixed(x, x), b = tiny::mixed(a, x), c = tiny::total(b);
  const Value late = tiny::opposed(x, x);
  GraphEditor(graph).move_last_before(1);
  CHECK(graph.info(a).producer == 0);
  CHECK(graph.info(late).producer == 1);
  CHECK(graph.info(b).producer == 2);
  CHECK(graph.info(c).producer == 3);
  CHECK(graph.info(x).producer == -1);
  for (const Value value : {a, late, b, c}) {
    const auto& node = graph.nodes()[static_cast<std::size_t>(graph.info(value).producer)];
    CHECK(node.out[0] == value);
  }
  GraphEditor(graph).replace_operand(2, 0, late);
  CHECK(graph.nodes()[2].in[0] == late);
  check_error([&] { GraphEditor(graph).replace_operand(2, 0, c); }, Fault::internal,
              "only be replaced by one of its shape");
}

TEST_CASE("graph: a withdrawn node is no longer computed, and those behind it are still known as producers") {
  Store store;
  Graph graph(store);
  const Value w = graph.parameter("w", {2, 3}, nothing);
  const Value first = tiny::mixed(w, w), second = tiny::mixed(w, w), last = tiny::total(second);
  check_error([&] { GraphEditor(graph).withdraw(first); }, Fault::internal,
              "still needed");  // it would lie in the arena
  GraphEditor(graph).settle(first, Store::gradients_id, 0);
  check_error([&] { GraphEditor(graph).withdraw(second); }, Fault::internal, "still needed");
  check_error([&] { GraphEditor(graph).withdraw(w); }, Fault::internal, "or there is none: [2, 3], parameter 'w'");
  CHECK(GraphEditor(graph).can_withdraw(first));
  CHECK_FALSE(GraphEditor(graph).can_withdraw(second));
  const Node node = GraphEditor(graph).withdraw(first);
  CHECK(node.out[0] == first);
  CHECK(graph.nodes().size() == 2);
  CHECK(graph.info(first).producer == -1);
  CHECK(graph.info(second).producer == 0);
  CHECK(graph.info(last).producer == 1);
  CHECK(graph.nodes()[1].out[0] == last);
}

TEST_CASE("graph: what a parameter reaches needs a gradient") {
  Store store;
  Graph graph(store);
  const Value w = graph.parameter("w", {3}, nothing), x = graph.input("x", Type::f32, {3});
  CHECK(graph.info(w).needs_gradient);
  CHECK_FALSE(graph.info(x).needs_gradient);
  const Value free = tiny::mixed(x, x), tied = tiny::mixed(x, w);
  CHECK_FALSE(graph.info(free).needs_gradient);
  CHECK(graph.info(tied).needs_gradient);
  CHECK(graph.info(tiny::total(tied)).needs_gradient);
}

TEST_CASE("graph: keeping a view keeps what it views") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {2, 3});
  const Value y = tiny::mixed(x, x), view = tiny::flat(tiny::flat(y));
  graph.keep(view);
  CHECK(graph.info(view).kept);
  CHECK(graph.info(y).kept);
  CHECK(graph.info(y).alias_of == -1);
}

TEST_CASE("graph: only a computed value can be laid into a buffer, and only once") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {2, 3});
  const int buffer = store.buffer({.name = "here", .shape = {10}});
  const Value y = tiny::mixed(x, x);
  GraphEditor(graph).settle(y, buffer, 4);
  CHECK(graph.info(y).buffer == buffer);
  CHECK(graph.info(y).offset == 4);
  check_error([&] { GraphEditor(graph).settle(y, buffer, 0); }, Fault::internal, "only a computed value");
  check_error([&] { GraphEditor(graph).settle(x, buffer, 0); }, Fault::internal, "only a computed value");
  const Value view = tiny::flat(tiny::mixed(x, x));
  check_error([&] { GraphEditor(graph).settle(view, buffer, 0); }, Fault::internal, "only a computed value");
}

TEST_CASE("graph: a region is a part of a buffer, the same value each time") {
  Store store;
  Graph graph(store);
  const Value w = graph.parameter("w", {2, 3}, nothing), b = graph.parameter("b", {3}, nothing);
  const std::int64_t offset = store.parameters()[1].offset;
  CHECK(offset == 16);
  const Value gradient = graph.region(Store::gradients_id, offset, b.shape());
  CHECK(graph.info(gradient).buffer == Store::gradients_id);
  CHECK(graph.info(gradient).offset == offset);
  CHECK(gradient.shape() == Shape{3});
  CHECK_FALSE(graph.info(graph.region(Store::parameters_id, 0, w.shape())).needs_gradient);
  CHECK(graph.region(Store::gradients_id, offset, b.shape()) == gradient);
  CHECK(graph.region(Store::gradients_id, offset, {1, 3}) != gradient);
  CHECK(gradient.described() == "[3], buffer 'gradients' from element 16 on");
  CHECK(graph.region(Store::parameters_id, offset, {3}).described() == "[3], parameter 'b'");
  CHECK(graph.buffer(Store::gradients_id).described() == "[32], buffer 'gradients'");
  const int scalars = store.buffer({.name = "scalars", .type = Type::f64, .shape = {20}});
  CHECK(graph.region(scalars, 16, {4}).type() == Type::f64);
  CHECK(graph.region(scalars, 0, {}).shape() == Shape{});
}

TEST_CASE("graph: a region outside its buffer, or that a GPU's libraries could not read, is refused") {
  Store store;
  Graph graph(store);
  const int buffer = store.buffer({.name = "state", .shape = {40}});
  check_error([&] { graph.region(7, 0, {1}); }, Fault::usage, "the store has no buffer 7");
  check_error([&] { graph.region(-1, 0, {1}); }, Fault::usage, "the store has no buffer -1");
  const char* beyond = "reaches beyond buffer 'state', which is [40]";
  check_error([&] { graph.region(buffer, 32, {9}); }, Fault::usage, beyond);
  check_error([&] { graph.region(buffer, 48, {0}); }, Fault::usage, beyond);
  check_error([&] { graph.region(buffer, -16, {2}); }, Fault::usage, beyond);
  check_error([&] { graph.region(buffer, 8, {2}); }, Fault::usage,
              "must begin at a multiple of 16 elements, not at 8: leave gaps");
  CHECK(graph.region(buffer, 32, {8}).shape() == Shape{8});
}

TEST_CASE("graph: a node whose place in a buffer is read cannot be withdrawn") {
  Store store;
  Graph graph(store);
  const int buffer = store.buffer({.name = "here", .shape = {64}});
  const Value x = graph.input("x", Type::f32, {2, 3});
  const Value y = tiny::mixed(x, x);
  GraphEditor editor(graph);
  editor.settle(y, buffer, 16);
  tiny::total(graph.region(buffer, 0, {16}));
  tiny::total(graph.region(buffer, 32, {4}));
  CHECK(editor.can_withdraw(y));
  tiny::total(tiny::flat(graph.region(buffer, 16, {2, 2})));
  CHECK_FALSE(editor.can_withdraw(y));
}

TEST_CASE("graph: a view of more than there is cannot be recorded") {
  Store store;
  Graph graph(store);
  static const Op part{.name = "part"};
  const Value x = graph.input("x", Type::f32, {5});
  const auto view = [&](std::int64_t offset, const Shape& shape) {
    return graph.record(part, {x}, {{shape, Type::f32, offset}}, {}, Place::current()).out[0];
  };
  CHECK(graph.offset_in_root(view(3, {2}).id()) == 3);
  check_error([&] { view(3, {3}); }, Fault::internal, "a view [3] from element 3 on of [5], buffer 'x'");
  check_error([&] { view(-1, {3}); }, Fault::internal, "from element -1 on");
}

TEST_CASE("graph: attributes come back as what they were, and as nothing else") {
  struct One {
    int number;
  };
  struct Other {
    int number;
  };
  const auto attributes = Attributes::of(One{3});
  CHECK(attributes.as<One>().number == 3);
  check_error([&] { attributes.as<Other>(); }, Fault::internal, "not of the type");
  check_error([] { Attributes().as<One>(); }, Fault::internal, "not of the type");
}

TEST_CASE("graph: a graph prints one line a node") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {2});
  const Value log = graph.input("log", Type::f32, {1});
  const Place place = Place::current();
  graph.set_label("first");
  const auto [half, quarter] = tiny::parted(x, place);
  graph.set_label("");
  tiny::note(half, log, place);
  CHECK(quarter.shape() == x.shape());
  CHECK(graph.to_text() == text("%2 [2] %3 [2] = parted %0    first, graph/graph_test.cpp:", place.line(),
                                "\nnote %2 %1    graph/graph_test.cpp:", place.line(), "\n"));
}

}  // namespace
}  // namespace deepobs
