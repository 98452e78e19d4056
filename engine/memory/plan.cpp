#include "engine/memory/plan.h"

#include <algorithm>
#include <iomanip>
#include <numeric>

namespace deepobs {
namespace {

constexpr std::int64_t cache_line = 64;

std::int64_t rounded(std::int64_t bytes) { return (bytes + cache_line - 1) / cache_line * cache_line; }

/// Memory of the arena that one value, or several in turn (aliases, in-place outputs), occupies.
struct Block {
  std::int64_t bytes = 0, offset = 0;
  int first = 0, last = 0;  // nodes between which it is alive, both included
};

class Planner {
 public:
  Planner(const Graph& graph, const PlanOptions& options)
      : graph_(graph), options_(options), block_of_(graph.values().size(), -1) {
    find_last_uses();
    make_blocks();
    place_blocks();
  }

  Plan plan() const {
    Plan plan;
    plan.made_of = &graph_;
    plan.guard_bytes = options_.guard_bytes;
    plan.reuse = options_.reuse;
    for (std::size_t v = 0; v < graph_.values().size(); ++v) {
      const auto& root = graph_.values()[root_of(v)];
      const std::int64_t begin = graph_.offset_in_root(static_cast<int>(v)) * bytes_of(root.type);
      if (root.buffer < 0 && block_of_[root_of(v)] < 0) {
        plan.locations.push_back({Plan::Location::nowhere});
      } else if (root.buffer >= 0) {
        plan.locations.push_back({root.buffer, root.offset * bytes_of(root.type) + begin, true});
      } else {
        const auto& block = blocks_[static_cast<std::size_t>(block_of_[root_of(v)])];
        const bool kept = graph_.values()[v].kept || !options_.reuse;
        plan.locations.push_back({Plan::Location::arena, block.offset + begin, kept});
        plan.arena_bytes = std::max(plan.arena_bytes, block.offset + rounded(block.bytes) + options_.guard_bytes);
      }
    }
    return plan;
  }

 private:
  std::size_t root_of(std::size_t value) const {
    return static_cast<std::size_t>(graph_.root(static_cast<int>(value)));
  }

  /// The last node that touches a value or one of its aliases.
  void find_last_uses() {
    last_use_.assign(graph_.values().size(), -1);
    const auto end = static_cast<int>(graph_.nodes().size());
    for (int n = 0; n < end; ++n) {
      const auto& node = graph_.nodes()[static_cast<std::size_t>(n)];
      for (const auto* list : {&node.in, &node.out})
        for (const auto& value : *list) last_use_[root_of(static_cast<std::size_t>(value.id()))] = n;
    }
    for (std::size_t v = 0; v < last_use_.size(); ++v)
      if (graph_.values()[v].kept || !options_.reuse) last_use_[root_of(v)] = end;
  }

  void make_blocks() {
    for (int n = 0; n < static_cast<int>(graph_.nodes().size()); ++n) {
      const auto& node = graph_.nodes()[static_cast<std::size_t>(n)];
      for (std::size_t i = 0; i < node.out.size(); ++i) {
        const auto v = static_cast<std::size_t>(node.out[i].id());
        const auto& info = graph_.values()[v];
        if (info.buffer >= 0 || info.alias_of >= 0) continue;
        const std::int64_t bytes = info.shape.elements() * bytes_of(info.type);
        if (i == 0 && take_over_input(node, n, v, bytes)) continue;
        block_of_[v] = static_cast<int>(blocks_.size());
        blocks_.push_back({bytes, 0, n, last_use_[v]});
      }
    }
  }

  /// In-place: the output moves into the block of an input that dies at this node.
  bool take_over_input(const Node& node, int n, std::size_t output, std::int64_t bytes) {
    if (node.op->in_place_input < 0) return false;
    const auto input =
        root_of(static_cast<std::size_t>(node.in[static_cast<std::size_t>(node.op->in_place_input)].id()));
    if (graph_.values()[input].buffer >= 0 || last_use_[input] != n) return false;
    // The same tensor twice among the operands: the second one would be read after it was overwritten.
    if (std::ranges::count_if(node.in, [&](Value v) { return root_of(static_cast<std::size_t>(v.id())) == input; }) > 1)
      return false;
    auto& block = blocks_[static_cast<std::size_t>(block_of_[input])];
    if (block.bytes != bytes || block.last != n) return false;
    block_of_[output] = block_of_[input];
    block.last = last_use_[output];
    return true;
  }

  /// Largest first, each at the lowest offset that is free during its life.
  void place_blocks() {
    std::vector<std::size_t> order(blocks_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::greater{}, [&](std::size_t b) { return blocks_[b].bytes; });
    std::vector<std::size_t> placed;  // by offset
    for (const auto b : order) {
      auto& block = blocks_[b];
      for (const auto p : placed) {
        const auto& other = blocks_[p];
        if (other.last < block.first || block.last < other.first) continue;
        if (block.offset + space(block) <= other.offset) break;
        block.offset = std::max(block.offset, other.offset + space(other));
      }
      placed.insert(
          std::ranges::upper_bound(placed, block.offset, {}, [&](std::size_t p) { return blocks_[p].offset; }), b);
    }
  }

  std::int64_t space(const Block& block) const { return rounded(block.bytes) + options_.guard_bytes; }

  const Graph& graph_;
  PlanOptions options_;
  std::vector<int> block_of_;  // by value id; -1: none of its own
  std::vector<int> last_use_;  // by root value id
  std::vector<Block> blocks_;
};

}  // namespace

Plan make_plan(const Graph& graph, const PlanOptions& options) {
  require(options.guard_bytes >= 0 && options.guard_bytes % cache_line == 0, Fault::usage,
          "guard bytes must be a multiple of ", cache_line, ", not ", options.guard_bytes);
  return Planner(graph, options).plan();
}

std::string Plan::to_text(const Graph& graph) const {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out << "arena " << arena_bytes << " bytes\n    offset      bytes  tensor\n";
  for (std::size_t v = 0; v < locations.size(); ++v) {
    if (locations[v].buffer != Location::arena) continue;
    const Value value(const_cast<Graph*>(&graph), static_cast<int>(v));
    out << std::setw(10) << locations[v].byte_offset << ' ' << std::setw(10)
        << value.shape().elements() * bytes_of(value.type()) << "  " << value.described() << '\n';
  }
  return out.str();
}

}  // namespace deepobs
