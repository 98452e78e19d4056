#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/graph/graph.h"

namespace deepobs {

struct PlanOptions {
  bool reuse = true;  ///< false: every tensor has memory of its own, so all can be read after a replay
  std::int64_t guard_bytes =
      0;  ///< untouched bytes behind every tensor of the arena, for tests of out-of-bounds writes
};

/// Where every tensor of a graph lies: a pure function of the graph. Tensors that do not live at the same time share
/// memory; an op that may work in place does when its input dies there.
struct Plan {
  struct Location {
    static constexpr int arena = -1, nowhere = -2;  ///< nowhere: no node computes it
    int buffer = arena;                             ///< of the store, or one of these
    std::int64_t byte_offset = 0;                   ///< in that buffer, or in the arena
    bool kept = false;                              ///< readable after a replay
  };
  std::vector<Location> locations;  ///< by value id
  std::int64_t arena_bytes = 0;
  std::int64_t guard_bytes = 0;
  bool reuse = true;
  const Graph* made_of = nullptr;

  /// A line each arena tensor: offset, bytes, first and last node, shape, producer.
  std::string to_text(const Graph& graph) const;
};

Plan make_plan(const Graph& graph, const PlanOptions& options = {});

}  // namespace deepobs
