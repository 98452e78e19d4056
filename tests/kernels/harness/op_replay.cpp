#include "tests/kernels/harness/op_replay.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/graph/autodiff.h"
#include "kernels/backward.h"
#include "kernels/passes/for_gpu.h"

namespace deepobs {
namespace {

constexpr std::uint64_t weights_stream = 1000;
const Shape guard_shape{64};

// Ops of the harness's own, so that it leans on as few of the library's as possible. (Their bodies for a GPU:
// op_replay_ops.cu.)

/// Copies a parameter into the arena: only there may an op work in place, and only there are guards.
void stage_body(const Call& call) { std::copy_n(call.in[0].f32(), call.out[0].elements(), call.out[0].f32()); }
extern const Op stage_op;
Value stage(Value x) { return x.graph().record_one(stage_op, {x}, x.shape(), {}, Place::current()); }
const Op stage_op{.name = "stage",
                  .cpu = {stage_body, stage_body, stage_body},
                  .gradient = [](const Node&, Gradients& g) { g.give(0, stage(g.of_output())); },
                  .bf16 = {.reads = 0b1, .writes = 0b1}};

/// objective = sum_i w[i] y[i]; dy = w * d objective.
void weigh_body(const Call& call) {
  double sum = 0;
  for (std::int64_t i = 0; i < call.in[0].elements(); ++i)
    sum += static_cast<double>(call.in[0].f32()[i]) * static_cast<double>(call.in[1].f32()[i]);
  call.out[0].f32()[0] = static_cast<float>(sum);
}
void weigh_gradient_body(const Call& call) {
  for (std::int64_t i = 0; i < call.out[0].elements(); ++i)
    call.out[0].f32()[i] = call.in[0].f32()[0] * call.in[1].f32()[i];
}
const Op weigh_gradient_op{.name = "weigh_gradient",
                           .cpu = {weigh_gradient_body, weigh_gradient_body, weigh_gradient_body}};
const Op weigh_op{
    .name = "weigh", .cpu = {weigh_body, weigh_body, weigh_body}, .gradient = [](const Node& node, Gradients& g) {
      const Value dy = g.of_output();
      g.give(0, dy.graph().record_one(weigh_gradient_op, {dy, node.in[1]}, node.in[0].shape(), {}, node.place));
    }};

/// A tensor without elements that hangs on a parameter of one element: a parameter of its own would need some, and only
/// so are gradients taken for it. The parameter's is 0.
void hollow_body(const Call&) {}
void hollow_gradient_body(const Call& call) { call.out[0].f32()[0] = 0.f; }
const Op hollow_gradient_op{.name = "hollow_gradient",
                            .cpu = {hollow_gradient_body, hollow_gradient_body, hollow_gradient_body}};
const Op hollow_op{
    .name = "hollow", .cpu = {hollow_body, hollow_body, hollow_body}, .gradient = [](const Node& node, Gradients& g) {
      const Value dy = g.of_output();
      g.give(0, dy.graph().record_one(hollow_gradient_op, {dy}, node.in[0].shape(), {}, node.place));
    }};

bool equal_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

}  // namespace

OpOperands::OpOperands(const OpCase& op_case, bool as_integers, bool as_bf16) : integers(as_integers), narrow(as_bf16) {
  const Fill whole = integer_values(-4, 4);
  for (std::size_t k = 0; k < op_case.inputs.size(); ++k) {
    const auto& input = op_case.inputs[k];
    const Fill& fill = integers && input.type == Type::f32 ? whole : input.fill;
    DoubleTensor tensor{input.shape, {}};
    for (std::int64_t i = 0; i < input.shape.elements(); ++i)
      tensor.data.push_back(static_cast<double>(rounded(fill(k + 1, i))));
    in.push_back(std::move(tensor));
  }
}

std::vector<float> OpOperands::weights(std::int64_t count) const {
  const Fill fill = integers ? integer_values(-4, 4) : uniform_values(-1., 1.);
  std::vector<float> w;
  for (std::int64_t i = 0; i < count; ++i) w.push_back(rounded(fill(weights_stream, i)));
  return w;
}

float OpOperands::rounded(double number) const {
  const auto single = static_cast<float>(number);
  return narrow ? f32_of(bf16_of(single)) : single;
}

RecordedOp::RecordedOp(const OpCase& op_case, Recording recording, std::optional<Precision> for_gpu) {
  std::vector<Value> in;
  for (std::size_t k = 0; k < op_case.inputs.size(); ++k) in.push_back(record_input(op_case.inputs[k], k, recording));
  y = op_case.build(graph, in);
  if (for_gpu == Precision::bf16) y = stage(y);
  graph.keep(y);
  if (!std::ranges::all_of(parameter_of, [](int p) { return p < 0; })) {
    weights = store.buffer({.name = "weights", .shape = y.shape()});
    backward(graph.record_one(weigh_op, {y, graph.buffer(weights)}, {}, {}, Place::current()));
  }
  if (for_gpu) record_for_gpu(graph, *for_gpu);
}

Value RecordedOp::record_input(const OpInput& input, std::size_t k, Recording recording) {
  const std::string name = text("operand ", k);
  Value value;
  if (input.differentiable && input.type == Type::f32) {
    const bool empty = input.shape.elements() == 0;
    value = graph.parameter(name, empty ? Shape{1} : input.shape, {});
    if (empty) value = graph.record_one(hollow_op, {value}, input.shape, {}, Place::current());
    parameter_of.push_back(static_cast<int>(store.parameters().size()) - 1);
    buffer_of.push_back(-1);
    // A parameter that nothing uses: the guard behind this one's gradient in the flat buffer.
    store.parameter(name + " guard", guard_shape, Border::plain(guard_shape), {});
  } else {
    value = graph.input(name, input.type, input.shape);
    parameter_of.push_back(-1);
    buffer_of.push_back(store.find(name));
  }
  return recording != Recording::direct && input.type == Type::f32 ? stage(value) : value;
}

bool OpResult::same_bits(const OpResult& other) const {
  return equal_bits(y, other.y) && std::ranges::equal(gradients, other.gradients, equal_bits);
}

bool OpResult::is_finite() const {
  const auto all_finite = [](const std::vector<float>& numbers) {
    return std::ranges::all_of(numbers, [](float x) { return std::isfinite(x); });
  };
  return all_finite(y) && std::ranges::all_of(gradients, all_finite);
}

OpReplay::OpReplay(const OpCase& op_case, const RecordedOp& recorded, const OpOperands& operands,
                   std::unique_ptr<Device> device, const PlanOptions& plan)
    : case_(op_case),
      recorded_(recorded),
      plan_(make_plan(recorded.graph, plan)),
      device_(std::move(device)),
      storage_(*device_, recorded.store),
      program_(recorded.graph, plan_, storage_) {
  for (std::size_t k = 0; k < operands.in.size(); ++k) write_input(operands.in[k], k);
  if (recorded.differentiates())
    storage_.write<float>(recorded.weights, operands.weights(recorded.y.shape().elements()));
}

OpResult OpReplay::run(std::vector<std::string>& wrong) {
  const auto before = operand_bytes();
  const OpResult first = replay(0xFF, wrong);
  if (!first.same_bits(replay(0x00, wrong)))
    wrong.push_back("the result depends on what the memory held before: some element is not written, or is read first");
  program_.run(case_.step);
  if (!first.same_bits(read())) wrong.push_back("a second replay gives other bits");
  if (before != operand_bytes()) wrong.push_back("an operand was written to");
  return first;
}

void OpReplay::write_input(const DoubleTensor& tensor, std::size_t k) {
  const auto as = [&]<class T>(T) { return std::vector<T>(tensor.data.begin(), tensor.data.end()); };
  const int buffer = recorded_.buffer_of[k];
  if (buffer < 0)
    storage_.set_parameter(recorded_.store.parameters()[static_cast<std::size_t>(recorded_.parameter_of[k])],
                           tensor.elements() > 0 ? as(0.f) : std::vector{0.f});
  else if (case_.inputs[k].type == Type::f32)
    storage_.write<float>(buffer, as(0.f));
  else if (case_.inputs[k].type == Type::i32)
    storage_.write<std::int32_t>(buffer, as(std::int32_t{}));
  else
    storage_.write<std::uint8_t>(buffer, as(std::uint8_t{}));
}

OpResult OpReplay::replay(std::uint8_t byte, std::vector<std::string>& wrong) {
  program_.poison(byte);
  const auto gradient_bytes = static_cast<std::size_t>(recorded_.store.flat_floats()) * sizeof(float);
  storage_.write<std::byte>(Store::gradients_id, std::vector<std::byte>(gradient_bytes, std::byte{byte}));
  program_.run(case_.step);
  if (!program_.guards_intact()) wrong.push_back("wrote outside its tensors");
  if (!gaps_hold(byte)) wrong.push_back("wrote behind a gradient in the flat gradient buffer");
  return read();
}

/// Whether the flat gradient buffer is as it was outside the operands' gradients.
bool OpReplay::gaps_hold(std::uint8_t byte) const {
  constexpr auto width = static_cast<std::ptrdiff_t>(sizeof(float));
  std::vector<std::byte> bytes(static_cast<std::size_t>(recorded_.store.flat_floats() * width));
  storage_.read<std::byte>(Store::gradients_id, bytes);
  for (const int p : recorded_.parameter_of) {
    if (p < 0) continue;
    const auto& parameter = recorded_.store.parameters()[static_cast<std::size_t>(p)];
    std::fill_n(bytes.begin() + parameter.offset * width, parameter.shape.elements() * width, std::byte{byte});
  }
  return std::ranges::all_of(bytes, [=](std::byte b) { return b == std::byte{byte}; });
}

/// Every buffer but the gradients.
std::vector<std::vector<std::byte>> OpReplay::operand_bytes() const {
  std::vector<std::vector<std::byte>> all;
  for (std::size_t b = 0; b < recorded_.store.buffers().size(); ++b) {
    if (b == Store::gradients_id) continue;
    const auto& buffer = recorded_.store.buffers()[b];
    all.emplace_back(static_cast<std::size_t>(buffer.shape.elements() * bytes_of(buffer.type)));
    storage_.read<std::byte>(static_cast<int>(b), all.back());
  }
  return all;
}

OpResult OpReplay::read() const {
  OpResult result;
  result.y.resize(static_cast<std::size_t>(recorded_.y.shape().elements()));
  program_.read<float>(recorded_.y, result.y);
  for (const int p : recorded_.parameter_of)
    result.gradients.push_back(p < 0 ? std::vector<float>{}
                                     : storage_.gradient(recorded_.store.parameters()[static_cast<std::size_t>(p)]));
  return result;
}

}  // namespace deepobs
