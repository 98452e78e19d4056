#include "engine/run/longest_chain.h"

#include <algorithm>
#include <vector>

#include "engine/base/check.h"

namespace deepobs {

std::int64_t longest_chain(std::size_t nodes, std::span<const std::pair<std::size_t, std::size_t>> edges) {
  std::vector<std::vector<std::size_t>> behind(nodes);
  std::vector<std::size_t> waits_for(nodes, 0);
  for (const auto& [from, to] : edges) {
    require(from < nodes && to < nodes, Fault::internal, "an edge from ", from, " to ", to, " in a graph of ", nodes,
            " nodes");
    behind[from].push_back(to);
    ++waits_for[to];
  }
  std::vector<std::size_t> ready;  // nodes of which everything before them has been seen
  for (std::size_t node = 0; node < nodes; ++node)
    if (waits_for[node] == 0) ready.push_back(node);
  std::vector<std::int64_t> length(nodes, 1);  // of the longest chain that ends there
  std::int64_t longest = 0;
  for (std::size_t seen = 0; seen < ready.size(); ++seen) {
    const std::size_t node = ready[seen];
    longest = std::max(longest, length[node]);
    for (const std::size_t next : behind[node]) {
      length[next] = std::max(length[next], length[node] + 1);
      if (--waits_for[next] == 0) ready.push_back(next);
    }
  }
  require(ready.size() == nodes, Fault::internal, "the edges of a graph go in a circle");
  return longest;
}

}  // namespace deepobs
