#include "runner/bench/isolated_op.h"

#include <algorithm>

#include "engine/tensor/random.h"

namespace deepobs {
namespace {

std::uint32_t random_word(int buffer, std::size_t index) {
  return random_words(1, Stream::augment, static_cast<std::uint32_t>(buffer), 0,
                      static_cast<std::uint32_t>(index / 4))[index % 4];
}

/// The whole numbers of an operand are below this; as many as bytes have where the op takes any.
std::uint32_t integer_limit(const Node& node, std::size_t operand) {
  const auto limit = node.op->operand(operand).limit;
  return static_cast<std::uint32_t>(limit ? std::max<std::int64_t>(1, limit(node)) : 256);
}

}  // namespace

IsolatedOp::IsolatedOp(Device& device, const std::function<void(Graph&)>& record) {
  record(graph_);
  require(graph_.nodes().size() == 1, Fault::internal, "an isolated op is one node, not ", graph_.nodes().size());
  plan_ = make_plan(graph_);
  storage_ = std::make_unique<Storage>(device, store_);
  fill_operands();
  program_ = std::make_unique<Program>(graph_, plan_, *storage_);
}

void IsolatedOp::fill_operands() {
  if (node().op->batches) batches_ = std::max<std::int64_t>(1, node().op->batches(node()));
  for (std::size_t i = 0; i < node().in.size(); ++i) {
    if (node().op->changes_operand(i)) continue;
    const Value operand = node().in[i];
    const int buffer = graph_.info(operand).buffer;
    const auto count = static_cast<std::size_t>(operand.shape().elements());
    const auto write = [&]<class T>(T, auto number) {
      std::vector<T> numbers(count);
      for (std::size_t k = 0; k < count; ++k) numbers[k] = static_cast<T>(number(random_word(buffer, k)));
      storage_->write(buffer, std::span<const T>(numbers));
    };
    if (operand.type() == Type::f32) {
      write(float(), [](std::uint32_t word) { return 2 * uniform(word) - 1; });
    } else if (operand.type() == Type::i32) {
      write(std::int32_t(), [limit = integer_limit(node(), i)](std::uint32_t word) { return word % limit; });
    } else if (operand.type() == Type::u8) {
      write(std::uint8_t(), [limit = integer_limit(node(), i)](std::uint32_t word) { return word % limit; });
    }
  }
}

void IsolatedOp::run() {
  program_->run({.seed = 1, .step = runs_, .batch = runs_ % batches_, .learning_rate = 1e-4});
  ++runs_;
}

void record_alone(const Node& node, Graph& graph) {
  std::vector<Value> in;
  for (const Value operand : node.in) {
    const Graph& from = operand.graph();
    const int buffer = from.info(operand).buffer;
    const double fill = buffer < 0 ? 0 : from.store().buffer(buffer).fill;
    in.push_back(graph.buffer(graph.store().buffer(
        {.name = text("operand ", in.size()), .type = operand.type(), .shape = operand.shape(), .fill = fill})));
  }
  if (node.out.empty()) return graph.record_effect(*node.op, std::move(in), node.attributes, node.place);
  std::vector<Graph::Output> out;
  for (const Value result : node.out) out.push_back({result.shape(), result.type()});
  graph.record(*node.op, std::move(in), out, node.attributes, node.place);
}

}  // namespace deepobs
