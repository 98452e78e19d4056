#include "engine/run/hazards.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

namespace deepobs {
namespace {

std::array<std::byte, 64> memory;
MemoryUse reads(int begin, int end) { return {memory.data() + begin, memory.data() + end, false}; }
MemoryUse writes(int begin, int end) { return {memory.data() + begin, memory.data() + end, true}; }

using Uses = std::vector<std::vector<MemoryUse>>;
using Edges = std::vector<std::vector<std::size_t>>;

TEST_CASE("hazards: what writes keeps its place among those that touch the same bytes") {
  CHECK(dependencies(Uses{{writes(0, 4)}, {reads(0, 4)}}) == Edges{{}, {0}});
  CHECK(dependencies(Uses{{reads(0, 4)}, {writes(3, 8)}}) == Edges{{}, {0}});
  CHECK(dependencies(Uses{{writes(0, 4)}, {writes(0, 4)}}) == Edges{{}, {0}});
  CHECK(dependencies(Uses{{reads(0, 4)}, {reads(0, 4)}}) == Edges{{}, {}});
  CHECK(dependencies(Uses{{writes(0, 4)}, {reads(4, 8)}}) == Edges{{}, {}});
  CHECK(dependencies(Uses{{writes(0, 4)}, {reads(4, 4)}}) == Edges{{}, {}});
  CHECK(dependencies(Uses{}).empty());
}

TEST_CASE("hazards: what follows from the rest is left out") {
  const Uses chain{{writes(0, 1)}, {reads(0, 1), writes(1, 2)}, {reads(0, 1), reads(1, 2), writes(2, 3)}};
  CHECK(dependencies(chain) == Edges{{}, {0}, {1}});
  const Uses fork{{writes(0, 1)}, {reads(0, 1), writes(1, 2)}, {reads(0, 1), writes(2, 3)}, {reads(1, 3)}};
  CHECK(dependencies(fork) == Edges{{}, {0}, {0}, {1, 2}});
}

TEST_CASE("hazards: random calls in a random order that the edges allow leave the memory as in order") {
  std::mt19937_64 random(1);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  int free_choices = 0;
  for (int round = 0; round < 300; ++round) {
    Uses calls(20);
    for (auto& uses : calls)
      for (int i = 0; i < 3; ++i) {
        const int begin = below(60), end = begin + below(5);
        uses.push_back(i == 0 ? writes(begin, end) : reads(begin, end));
      }
    const auto run = [&](std::size_t call) {  // every byte written becomes a mix of all that is read
      unsigned hash = static_cast<unsigned>(call) + 1;
      for (const auto& use : calls[call])
        if (!use.writes)
          for (const auto* at = use.begin; at != use.end; ++at) hash = hash * 31 + std::to_integer<unsigned>(*at);
      for (const auto& use : calls[call])
        if (use.writes)
          for (const auto* at = use.begin; at != use.end; ++at)
            memory[static_cast<std::size_t>(at - memory.data())] = static_cast<std::byte>(hash = hash * 31 + 7);
    };
    memory.fill({});
    for (std::size_t call = 0; call < calls.size(); ++call) run(call);
    const auto wanted = memory;

    const auto edges = dependencies(calls);
    memory.fill({});
    std::vector<bool> done(calls.size());
    for (std::size_t count = 0; count < calls.size(); ++count) {
      std::vector<std::size_t> ready;
      for (std::size_t call = 0; call < calls.size(); ++call)
        if (!done[call] && std::ranges::all_of(edges[call], [&](std::size_t earlier) { return done[earlier]; }))
          ready.push_back(call);
      REQUIRE(!ready.empty());
      free_choices += ready.size() > 1;
      const std::size_t chosen = ready[random() % ready.size()];
      done[chosen] = true;
      run(chosen);
    }
    CHECK(memory == wanted);
  }
  CHECK(free_choices > 300);
}

}  // namespace
}  // namespace deepobs
