#include "engine/run/longest_chain.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/error_of.h"

namespace deepobs {
namespace {

std::int64_t longest(std::size_t nodes, const std::vector<std::pair<std::size_t, std::size_t>>& edges) {
  return longest_chain(nodes, edges);
}

TEST_CASE("longest chain: nodes count, not edges, and the longer of two ways") {
  CHECK(longest(0, {}) == 0);
  CHECK(longest(3, {}) == 1);
  CHECK(longest(4, {{0, 1}, {1, 2}, {2, 3}}) == 4);
  CHECK(longest(4, {{3, 2}, {2, 1}, {1, 0}}) == 4);                  // numbered in another order
  CHECK(longest(4, {{0, 1}, {0, 2}, {1, 3}, {2, 3}}) == 3);          // a diamond
  CHECK(longest(5, {{0, 4}, {0, 1}, {1, 2}, {2, 3}, {3, 4}}) == 5);  // a short cut
  CHECK(longest(5, {{0, 1}, {2, 3}, {3, 4}}) == 3);                  // two pieces
  CHECK(longest(2, {{0, 1}, {0, 1}}) == 2);                          // an edge twice
}

TEST_CASE("longest chain: what is no chain is refused") {
  check_error([] { longest(3, {{0, 1}, {1, 2}, {2, 1}}); }, Fault::internal, "in a circle");
  check_error([] { longest(2, {{0, 2}}); }, Fault::internal, "an edge from 0 to 2 in a graph of 2 nodes");
}

}  // namespace
}  // namespace deepobs
