#include "kernels/passes/settle_assigned.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "engine/run/program.h"
#include "kernels/ops/dense/matmul.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/elementwise/unary.h"
#include "kernels/ops/shape/reshape.h"
#include "kernels/ops/state/carry.h"
#include "tests/golden/hash_values.h"
#include "tests/kernels/harness/every_device.h"

namespace deepobs {
namespace {

constexpr std::int64_t side = 4, count = side * side;

/// Places a, b and c of one buffer, and a recording over them.
struct Places {
  explicit Places(const std::function<void(Places&)>& record) {
    store.buffer({.name = "all", .shape = {3 * count}});
    record(*this);
  }
  Value place(std::int64_t i) { return graph.region(store.find("all"), i * count, {side, side}); }

  std::ptrdiff_t copies() const {
    return std::ranges::count_if(graph.nodes(), [](const Node& node) { return node.op->name == "carry"; });
  }

  /// What lies in the places behind two replays.
  std::vector<float> replayed(Device& device) {
    const Plan plan = make_plan(graph);
    Storage storage(device, store);
    storage.write<float>(store.find("all"), hash_scaled(1, 3 * count, 1));
    Program program(graph, plan, storage);
    program.poison(0xff);
    for (int replay = 0; replay < 2; ++replay) program.run({});
    std::vector<float> all(3 * count);
    storage.read(store.find("all"), std::span(all));
    return all;
  }

  Store store;
  Graph graph{store};
};

/// The pass leaves so many copies, and the numbers as they were.
void check_copies(const char* what, std::ptrdiff_t left, const std::function<void(Places&)>& record) {
  CAPTURE(what);
  Places plain(record), settled(record);
  settle_assigned(settled.graph);
  CHECK(settled.copies() == left);
  for (const auto& [name, device] : test::every_device()) {
    CAPTURE(name);
    CHECK(settled.replayed(*device) == plain.replayed(*device));
  }
}

TEST_CASE("settle_assigned: the copy goes where its place may hold the value from the beginning, and nowhere else") {
  check_copies("computed in place", 0, [](Places& p) { carry(subtract(p.place(0), p.place(1)), p.place(0)); });
  check_copies("computed from others", 0, [](Places& p) { carry(matmul(p.place(1), p.place(2)), p.place(0)); });
  check_copies("under another shape", 0, [](Places& p) {
    const Value made = multiply(reshape(p.place(1), {count}), reshape(p.place(2), {count}));
    carry(reshape(made, {side, side}), p.place(0));
  });
  check_copies("read afterwards, too", 0, [](Places& p) {
    const Value made = subtract(p.place(0), p.place(1));
    carry(made, p.place(0));
    carry(add(made, p.place(0)), p.place(2));
  });
  check_copies("read before, too", 0, [](Places& p) {
    const Value made = subtract(p.place(0), p.place(1)), more = add(made, p.place(1));
    carry(made, p.place(0));
    carry(more, p.place(2));
  });
  check_copies("of another operand than the one in place", 1,
               [](Places& p) { carry(subtract(p.place(1), p.place(0)), p.place(0)); });
  check_copies("of a product, which reads all for each element", 1,
               [](Places& p) { carry(matmul(p.place(0), p.place(1)), p.place(0)); });
  check_copies("twice the same operand", 1, [](Places& p) { carry(add(p.place(0), p.place(0)), p.place(0)); });
  check_copies("the old numbers are read in between", 1, [](Places& p) {
    const Value made = subtract(p.place(0), p.place(1)), old = add(p.place(0), p.place(1));
    carry(made, p.place(0));
    carry(old, p.place(2));
  });
  check_copies("an overlapping region is read in between", 2, [](Places& p) {
    const Value made = subtract(p.place(0), p.place(1));
    const Value both = p.graph.region(p.store.find("all"), 0, {2, side, side});
    carry(add(both, both), both);
    carry(made, p.place(0));
  });
  check_copies("the place is overwritten before the value's last reader", 1, [](Places& p) {
    const Value made = subtract(p.place(0), p.place(1));
    carry(made, p.place(0));
    carry(scale(p.place(0), 2), p.place(0));
    carry(made, p.place(2));
  });
  check_copies("an exchange", 1, [](Places& p) {
    const Value a = copy(p.place(0)), b = copy(p.place(1));
    carry(a, p.place(1));
    carry(b, p.place(0));
  });
  check_copies("one value to two places", 1, [](Places& p) {
    const Value made = add(p.place(0), p.place(2));
    carry(made, p.place(0));
    carry(made, p.place(1));
  });
  check_copies("a place to another", 1, [](Places& p) { carry(p.place(0), p.place(1)); });
  check_copies("a kept value", 1, [](Places& p) {
    const Value made = subtract(p.place(0), p.place(1));
    p.graph.keep(made);
    carry(made, p.place(0));
  });
}

TEST_CASE("settle_assigned: whatever is assigned in whatever order, the numbers stay") {
  std::ptrdiff_t gone = 0, left = 0;
  const auto devices = test::every_device();
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    const auto record = [seed](Places& p) {
      std::uint64_t drawn = 0;
      const auto below = [&](std::uint64_t limit) { return hash_bits(seed, drawn++) % limit; };
      std::vector<Value> made;
      const auto operand = [&] {
        const std::uint64_t i = below(made.size() + 3);
        return i < 3 ? p.place(static_cast<std::int64_t>(i)) : made[i - 3];
      };
      for (int step = 0; step < 14; ++step) {
        const Value x = operand(), y = operand();
        const std::uint64_t what = below(5);
        if (what == 0)
          made.push_back(scale(subtract(x, y), 0.5));
        else if (what == 1)
          made.push_back(scale(matmul(x, y), 0.25));
        else if (what == 2)
          made.push_back(reshape(scale(reshape(x, {count}), -0.75), {side, side}));
        else
          carry(x, p.place(static_cast<std::int64_t>(below(3))));
      }
    };
    Places plain(record), settled(record);
    settle_assigned(settled.graph);
    gone += plain.copies() - settled.copies();
    left += settled.copies();
    for (const auto& [name, device] : devices) {
      CAPTURE(name);
      CHECK(settled.replayed(*device) == plain.replayed(*device));
    }
  }
  CHECK(gone > 40);
  CHECK(left > 40);
}

}  // namespace
}  // namespace deepobs
