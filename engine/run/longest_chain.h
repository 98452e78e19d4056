#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace deepobs {

/// How many of `nodes` nodes stand one behind the other at the most, where an edge {a, b} says that b waits for a.
/// Nodes are numbered from 0 in any order; an edge may come twice.
///   errors  internal: an edge to a node that is none, or edges in a circle
std::int64_t longest_chain(std::size_t nodes, std::span<const std::pair<std::size_t, std::size_t>> edges);

}  // namespace deepobs
