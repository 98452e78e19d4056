#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <random>

#include "engine/graph/graph_editor.h"
#include "engine/memory/plan.h"
#include "engine/run/program.h"
#include "tests/engine/graph/tiny_ops.h"

namespace deepobs {
namespace {

/// A graph of up to 40 random nodes: several sizes (0 among them), views, of parts too, nodes with two outputs or none,
/// operands used once, again and much later, values kept or laid into buffers.
class RandomGraph {
 public:
  explicit RandomGraph(std::uint64_t seed) : random_(seed) {
    for (const std::int64_t size : {5, 16, 100}) values_.push_back(graph.input(text("x", size), Type::f32, {size}));
    log_ = graph.input("log", Type::f32, {1});
    const auto nodes = 3 + pick(38);
    while (graph.nodes().size() < nodes) add_node();
    for (const auto& value : values_) {
      const auto& info = graph.info(value);
      if (info.producer < 0) continue;
      if (pick(8) == 0) graph.keep(value);
      if (pick(20) == 0 && can_settle(value)) {
        GraphEditor(graph).settle(value, store.buffer({.name = text("own", value.id()), .shape = value.shape()}), 0);
        settled.push_back(value);
      }
    }
    for (std::size_t v = 0; v < graph.values().size(); ++v)
      if (graph.values()[v].kept) kept.push_back(Value(&graph, static_cast<int>(v)));
  }

  Store store;
  Graph graph{store};
  std::vector<Value> kept, settled;

  /// Everything that a host can see after two replays.
  std::vector<std::uint32_t> results(const PlanOptions& options, std::uint8_t poison) {
    const Plan plan = make_plan(graph, options);
    const auto device = cpu_device({.threads = 1, .use_tbb = false});
    Storage storage(*device, store);
    std::mt19937_64 numbers(1);
    for (const char* name : {"x5", "x16", "x100"}) {
      const int buffer = store.find(name);
      std::vector<float> x(static_cast<std::size_t>(store.buffer(buffer).shape[0]));
      for (float& number : x) number = static_cast<float>(numbers() % 1000) / 64.f;
      storage.write<float>(buffer, x);
    }
    Program program(graph, plan, storage);
    program.poison(poison);
    program.run({});
    program.run({});
    if (options.guard_bytes > 0) CHECK(program.guards_intact());
    std::vector<std::uint32_t> bits;
    for (const auto* list : {&kept, &settled})
      for (const auto& value : *list) read(program, value, bits);
    read(program, log_, bits);
    return bits;
  }

 private:
  std::size_t pick(std::size_t count) { return static_cast<std::size_t>(random_() % count); }

  /// Mostly a late one.
  Value any() {
    const std::size_t count = values_.size();
    return values_[pick(3) == 0 ? pick(count) : count - 1 - pick(std::min<std::size_t>(count, 4))];
  }

  /// Another of the same shape, or itself.
  Value like(Value value) {
    std::vector<Value> alike;
    for (const auto& other : values_)
      if (other.shape() == value.shape()) alike.push_back(other);
    return alike[pick(alike.size())];
  }

  void add_node() {
    const Value x = any();
    switch (pick(8)) {
      case 0:
      case 1:
        values_.push_back(tiny::mixed(x, like(x)));
        break;
      case 2:
      case 3:
        values_.push_back(tiny::opposed(like(x), x));
        break;
      case 4: {
        const auto [half, quarter] = tiny::parted(x);
        values_.push_back(half);
        if (pick(2) == 0) values_.push_back(quarter);
        break;
      }
      case 5: {
        static constexpr std::int64_t sizes[]{0, 1, 5, 16, 17, 100};
        values_.push_back(tiny::resized(x, sizes[pick(6)]));
        break;
      }
      case 6: {
        const auto size = static_cast<std::size_t>(x.shape().elements()), first = pick(size + 1);
        values_.push_back(pick(2) == 0 ? tiny::flat(x)
                                       : tiny::part(x, static_cast<std::int64_t>(first),
                                                    static_cast<std::int64_t>(pick(size - first + 1))));
        break;
      }
      default:
        tiny::note(x, log_);
    }
  }

  bool can_settle(Value value) const {
    const auto& info = graph.info(value);
    return info.buffer < 0 && info.alias_of < 0;
  }

  static void read(const Program& program, Value value, std::vector<std::uint32_t>& bits) {
    std::vector<float> numbers(static_cast<std::size_t>(value.shape().elements()));
    program.read<float>(value, numbers);
    for (const float number : numbers) bits.push_back(std::bit_cast<std::uint32_t>(number));
  }

  std::mt19937_64 random_;
  std::vector<Value> values_;
  Value log_;
};

// ---- The oracle: what memory a plan may share, told from the graph alone ----

/// The value whose memory a value is.
int root(const Graph& graph, int value) {
  const auto& info = graph.values()[static_cast<std::size_t>(value)];
  return info.alias_of < 0 ? value : root(graph, info.alias_of);
}

/// Where in that memory it begins.
std::int64_t bytes_into_root(const Graph& graph, int value) {
  const auto& info = graph.values()[static_cast<std::size_t>(value)];
  return info.alias_of < 0 ? 0 : info.offset * 4 + bytes_into_root(graph, info.alias_of);
}

/// Whether root value `r` holds something that is still needed while, or after, node n runs.
bool alive(const Graph& graph, int r, int n) {
  if (graph.values()[static_cast<std::size_t>(r)].producer > n) return false;
  for (std::size_t v = 0; v < graph.values().size(); ++v)
    if (graph.values()[v].kept && root(graph, static_cast<int>(v)) == r) return true;
  for (std::size_t later = static_cast<std::size_t>(n); later < graph.nodes().size(); ++later)
    for (const auto* list : {&graph.nodes()[later].in, &graph.nodes()[later].out})
      for (const auto& value : *list)
        if (root(graph, value.id()) == r) return true;
  return false;
}

/// Whether node n may write its output `out` over its operand `in`: it says so, and nobody needs the operand again.
bool may_take_over(const Graph& graph, int n, int in, int out) {
  const auto& node = graph.nodes()[static_cast<std::size_t>(n)];
  if (node.op->in_place_input < 0 || node.out.empty() || node.out[0].id() != out) return false;
  if (root(graph, node.in[static_cast<std::size_t>(node.op->in_place_input)].id()) != in) return false;
  const auto uses = std::ranges::count_if(node.in, [&](Value v) { return root(graph, v.id()) == in; });
  return uses == 1 && !alive(graph, in, n + 1);
}

struct Findings {
  int overlaps = 0, misplaced = 0, taken_over = 0, parts = 0;
};

Findings examine(const Graph& graph, const Plan& plan) {
  Findings findings;
  std::vector<int> roots;  // of the arena
  for (int v = 0; v < static_cast<int>(graph.values().size()); ++v) {
    const auto& info = graph.values()[static_cast<std::size_t>(v)];
    const auto &at = plan.locations[static_cast<std::size_t>(v)],
               &home = plan.locations[static_cast<std::size_t>(root(graph, v))];
    const auto& home_info = graph.values()[static_cast<std::size_t>(root(graph, v))];
    const std::int64_t into = bytes_into_root(graph, v);
    findings.parts += into > 0;
    findings.misplaced += at.buffer != home.buffer || at.byte_offset != home.byte_offset + into;
    findings.misplaced += home.buffer != home_info.buffer;
    if (home.buffer >= 0) continue;
    const std::int64_t bytes = info.shape.elements() * bytes_of(info.type);
    findings.misplaced += at.byte_offset < 0 || home.byte_offset % 64 != 0 ||
                          at.byte_offset + bytes + plan.guard_bytes > plan.arena_bytes;
    if (root(graph, v) == v) roots.push_back(v);
  }
  const auto begin = [&](int v) { return plan.locations[static_cast<std::size_t>(v)].byte_offset; };
  const auto bytes = [&](int v) { return Value(const_cast<Graph*>(&graph), v).shape().elements() * 4; };
  for (int n = 0; n < static_cast<int>(graph.nodes().size()); ++n) {
    std::vector<int> living;
    std::ranges::copy_if(roots, std::back_inserter(living), [&](int r) { return alive(graph, r, n); });
    for (const int a : living)
      for (const int b : living) {
        if (a == b || bytes(a) == 0 || bytes(b) == 0) continue;
        const bool apart =
            begin(a) + bytes(a) + plan.guard_bytes <= begin(b) || begin(b) + bytes(b) + plan.guard_bytes <= begin(a);
        if (apart) continue;
        const bool same = begin(a) == begin(b) && bytes(a) == bytes(b);
        if (same && may_take_over(graph, n, a, b))
          ++findings.taken_over;
        else if (!(same && may_take_over(graph, n, b, a)))
          ++findings.overlaps;
      }
  }
  return findings;
}

TEST_CASE("plan: 500 random graphs: tensors that live together lie apart, and results do not depend on the plan") {
  std::int64_t with_reuse = 0, without = 0;
  int overlaps = 0, misplaced = 0, taken_over = 0, larger = 0, other_results = 0, kept = 0, settled = 0, parts = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    RandomGraph random(seed);
    kept += static_cast<int>(random.kept.size());
    settled += static_cast<int>(random.settled.size());
    const Plan tight = make_plan(random.graph), loose = make_plan(random.graph, {.reuse = false});
    for (const auto& plan : {tight, loose, make_plan(random.graph, {.guard_bytes = 256})}) {
      const auto findings = examine(random.graph, plan);
      overlaps += findings.overlaps;
      misplaced += findings.misplaced;
      parts += findings.parts;
      if (&plan != &loose) taken_over += findings.taken_over;
    }
    larger += tight.arena_bytes > loose.arena_bytes;
    with_reuse += tight.arena_bytes;
    without += loose.arena_bytes;

    const auto wanted = random.results({.reuse = false}, 0xFF);
    for (const auto& options : {PlanOptions{}, {.guard_bytes = 256}, {.reuse = false, .guard_bytes = 64}})
      for (const std::uint8_t poison : {0xFF, 0x00}) other_results += random.results(options, poison) != wanted;
  }
  CHECK(overlaps == 0);
  CHECK(misplaced == 0);
  CHECK(larger == 0);
  CHECK(other_results == 0);
  // The graphs are such that there was something to get wrong.
  CHECK(taken_over > 500);
  CHECK(parts > 500);
  CHECK(with_reuse * 2 < without);
  CHECK(kept > 500);
  CHECK(settled > 100);
}

TEST_CASE("plan: an overlap that is planted is seen") {
  int seen = 0, planted = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    RandomGraph random(seed);
    Plan plan = make_plan(random.graph, {.reuse = false});
    // The output of a node onto the last operand: only an op that may work in place on it could live with that.
    for (std::size_t n = 0; n < random.graph.nodes().size(); ++n) {
      const auto& node = random.graph.nodes()[n];
      if (node.out.size() != 2 || node.out[0].shape().elements() == 0) continue;
      const auto &first = random.graph.info(node.out[0]), &second = random.graph.info(node.out[1]);
      if (first.buffer >= 0 || second.buffer >= 0) continue;
      plan.locations[static_cast<std::size_t>(node.out[0].id())] =
          plan.locations[static_cast<std::size_t>(node.out[1].id())];
      ++planted;
      seen += examine(random.graph, plan).overlaps > 0;
      break;
    }
  }
  CHECK(planted > 25);
  CHECK(seen == planted);
}

}  // namespace
}  // namespace deepobs
