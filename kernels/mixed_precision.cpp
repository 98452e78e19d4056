#include "kernels/mixed_precision.h"

#include <algorithm>
#include <map>
#include <vector>

#include "kernels/to_bf16.h"

namespace deepobs {
namespace {

bool has_bit(std::uint32_t mask, std::size_t i) { return i < 32 && (mask >> i & 1u) != 0; }

/// The values, by root id, that all their users can do with as bf16.
std::vector<bool> storable(const Graph& graph) {
  const std::size_t count = graph.values().size();
  std::vector<bool> written(count), read(count), excluded(count);
  const auto at = [](std::vector<bool>& of, Value root) { return of[static_cast<std::size_t>(root.id())]; };
  for (const Node& node : graph.nodes()) {
    if (node.op->is_alias()) continue;  // its users count as those of its root
    for (std::size_t i = 0; i < node.in.size(); ++i) {
      const bool can = has_bit(node.op->bf16.needs | node.op->bf16.reads, i);
      at(can ? read : excluded, graph.root(node.in[i])) = true;
    }
    for (std::size_t i = 0; i < node.out.size(); ++i) at(written, node.out[i]) = has_bit(node.op->bf16.writes, i);
  }
  for (std::size_t v = 0; v < count; ++v) {
    const ValueInfo& info = graph.values()[v];
    excluded[v] = excluded[v] || info.kept || info.buffer >= 0 || info.type != Type::f32;
  }
  std::vector<bool> result(count);
  for (std::size_t v = 0; v < count; ++v) result[v] = written[v] && read[v] && !excluded[v];
  return result;
}

/// Records the roundings that are left, each before the first node that needs it.
class Rounding {
 public:
  explicit Rounding(Graph& graph) : graph_(graph) {}

  void record() {
    for (at_ = 0; at_ < graph_.nodes().size(); ++at_) {
      const Node node = graph_.nodes()[at_];
      const Bf16Use& use = node.op->bf16;
      const bool narrow = !node.out.empty() && node.out[0].type() == Type::bf16;
      for (std::size_t i = 0; i < node.in.size(); ++i)
        if (node.in[i].type() == Type::f32 && has_bit(use.needs | (narrow ? use.like_output : 0), i))
          graph_.replace_operand(at_, i, rounded(node, node.in[i]));
      if (node.out.empty()) forget_what_changes(node);
    }
  }

 private:
  Value rounded(const Node& user, Value value) {
    const auto known = rounded_.find(value.id());
    if (known != rounded_.end()) return known->second;
    graph_.set_label(user.label);
    const Value made = to_bf16(value, user.place);
    graph_.set_label("");
    graph_.move_last_before(at_++);
    return rounded_.emplace(value.id(), made).first->second;
  }

  /// A node without output writes to buffers among its operands.
  void forget_what_changes(const Node& node) {
    const auto buffer = [this](Value value) { return graph_.info(graph_.root(value)).buffer; };
    std::erase_if(rounded_, [&](const auto& pair) {
      const int lies_in = buffer({&graph_, pair.first});
      return lies_in >= 0 && std::ranges::any_of(node.in, [&](Value operand) { return buffer(operand) == lies_in; });
    });
  }

  Graph& graph_;
  std::size_t at_ = 0;
  std::map<int, Value> rounded_;  // by id of what it was made of
};

}  // namespace

void record_mixed_precision(Graph& graph) {
  const std::vector<bool> narrow = storable(graph);
  for (std::size_t v = 0; v < narrow.size(); ++v)
    if (narrow[v]) graph.retype({&graph, static_cast<int>(v)}, Type::bf16);
  Rounding(graph).record();
}

}  // namespace deepobs
