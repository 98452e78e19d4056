#include "tests/engine/graph/tiny_ops.h"

namespace deepobs::tiny {
namespace {

template <class Element>
void each(const Call& call, Element element) {
  for (std::int64_t i = 0; i < call.out[0].elements(); ++i) call.out[0].f32()[i] = element(i);
}

void mixed_body(const Call& call) {
  each(call, [&](std::int64_t i) { return call.in[0].f32()[i] / 2.f + call.in[1].f32()[i] / 4.f; });
}
void opposed_body(const Call& call) {
  each(call, [&](std::int64_t i) { return call.in[0].f32()[i] / 2.f - call.in[1].f32()[i] / 4.f; });
}
void times_body(const Call& call) {
  each(call, [&](std::int64_t i) { return call.in[0].f32()[i] * call.in[1].f32()[i]; });
}
void parted_body(const Call& call) {
  for (std::int64_t i = 0; i < call.in[0].elements(); ++i) {
    const float x = call.in[0].f32()[i];
    call.out[0].f32()[i] = x / 2.f;
    call.out[1].f32()[i] = x / 4.f + 1.f;
  }
}
void resized_body(const Call& call) {
  const std::int64_t size = call.in[0].elements();
  each(call, [&](std::int64_t i) { return size == 0 ? 0.5f : call.in[0].f32()[i % size] / 2.f; });
}
float sum(const View& x) {
  float all = 0.f;
  for (std::int64_t i = 0; i < x.elements(); ++i) all += x.f32()[i];
  return all;
}
void total_body(const Call& call) { call.out[0].f32()[0] = sum(call.in[0]); }
void note_body(const Call& call) { call.in[1].f32()[0] += sum(call.in[0]); }
void copied_body(const Call& call) {
  each(call, [&](std::int64_t i) { return call.in[0].f32()[i]; });
}
void constant_body(const Call& call) {
  each(call, [&](std::int64_t) { return call.as<float>(); });
}
void spread_body(const Call& call) {
  each(call, [&](std::int64_t) { return call.in[0].f32()[0]; });
}
void added_body(const Call& call) {
  each(call, [&](std::int64_t i) {
    float all = call.in[0].f32()[i];
    for (std::size_t t = 1; t < call.in.size(); ++t) all += call.in[t].f32()[i];
    return all;
  });
}

struct Spoil {
  std::int64_t step;
  float value;
};
void spoiled_body(const Call& call) {
  copied_body(call);
  const auto& spoil = call.as<Spoil>();
  if (call.step->step == spoil.step) call.out[0].f32()[0] = spoil.value;
}

constexpr Op spread_op = same_on_all(
    "spread", spread_body, [](const Node& node, Gradients& g) { g.give(0, total(g.of_output(), node.place)); });
constexpr Op copied_op = same_on_all("copied", copied_body);
constexpr Op constant_op = same_on_all("constant", constant_body);
constexpr Op added_op = same_on_all("added", added_body, [](const Node& node, Gradients& g) {
  for (int i = 0; i < static_cast<int>(node.in.size()); ++i) g.give(i, g.of_output());
});

Value copied(Value x) { return x.graph().record_one(copied_op, {x}, x.shape(), {}, Place::current()); }
Value constant(Graph& graph, const Shape& shape, double value) {
  return graph.record_one(constant_op, {}, shape, Attributes::of(static_cast<float>(value)), Place::current());
}
Value added(std::span<const Value> terms) {
  return terms[0].graph().record_one(added_op, {terms.begin(), terms.end()}, terms[0].shape(), {}, Place::current());
}

constexpr Op times_op = same_on_all("times", times_body, [](const Node& node, Gradients& g) {
  if (g.wants(0)) g.give(0, times(g.of_output(), node.in[1]));
  if (g.wants(1)) g.give(1, times(g.of_output(), node.in[0]));
});
constexpr Op total_op = same_on_all("total", total_body, [](const Node& node, Gradients& g) {
  g.give(0, g.of_output().graph().record_one(spread_op, {g.of_output()}, node.in[0].shape(), {}, node.place));
});
extern const Op flat_op;
const Op flat_op{
    .name = "flat", .gradient = [](const Node& node, Gradients& g) {
      g.give(0, g.of_output().graph().record_one(flat_op, {g.of_output()}, node.in[0].shape(), {}, node.place));
    }};
constexpr Op part_op{.name = "part"};
constexpr Op mixed_op = same_on_all("mixed", mixed_body, nullptr, 0);
constexpr Op opposed_op = same_on_all("opposed", opposed_body, nullptr, 1);
constexpr Op parted_op = same_on_all("parted", parted_body);
constexpr Op resized_op = same_on_all("resized", resized_body);
constexpr Op note_op = [] {
  Op op = same_on_all("note", note_body);
  op.changes = 0b10;
  return op;
}();
constexpr Op spoiled_op = same_on_all("spoiled", spoiled_body);
constexpr Op dead_end_op = same_on_all("dead_end", copied_body);

}  // namespace

Value mixed(Value a, Value b, Place at) { return a.graph().record_one(mixed_op, {a, b}, a.shape(), {}, at); }
Value opposed(Value a, Value b, Place at) { return a.graph().record_one(opposed_op, {a, b}, a.shape(), {}, at); }
Value times(Value a, Value b, Place at) { return a.graph().record_one(times_op, {a, b}, a.shape(), {}, at); }
Pair parted(Value x, Place at) {
  const auto& out = x.graph().record(parted_op, {x}, {{x.shape()}, {x.shape()}}, {}, at).out;
  return {out[0], out[1]};
}
Value resized(Value x, std::int64_t count, Place at) { return x.graph().record_one(resized_op, {x}, {count}, {}, at); }
Value flat(Value x, Place at) { return x.graph().record_one(flat_op, {x}, {x.shape().elements()}, {}, at); }
Value part(Value x, std::int64_t first, std::int64_t count, Place at) {
  return x.graph().record(part_op, {x}, {{{count}, x.type(), first}}, {}, at).out[0];
}
Value total(Value x, Place at) { return x.graph().record_one(total_op, {x}, {}, {}, at); }
void note(Value x, Value buffer, Place at) { x.graph().record_effect(note_op, {x, buffer}, {}, at); }
Value spoiled(Value x, std::int64_t step, float value, Place at) {
  return x.graph().record_one(spoiled_op, {x}, x.shape(), Attributes::of(Spoil{step, value}), at);
}
Value dead_end(Value x, Place at) { return x.graph().record_one(dead_end_op, {x}, x.shape(), {}, at); }

GradientAlgebra algebra() { return {constant, added, copied}; }

}  // namespace deepobs::tiny
