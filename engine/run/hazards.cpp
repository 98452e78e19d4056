#include "engine/run/hazards.h"

#include <algorithm>
#include <functional>

namespace deepobs {
namespace {

/// Pointers of different allocations have an order only under std::less.
bool overlap(const MemoryUse& a, const MemoryUse& b) {
  const std::less<const std::byte*> before;
  return before(a.begin, b.end) && before(b.begin, a.end);
}

bool keep_order(const std::vector<MemoryUse>& first, const std::vector<MemoryUse>& second) {
  return std::ranges::any_of(first, [&](const MemoryUse& a) {
    return std::ranges::any_of(second, [&](const MemoryUse& b) { return (a.writes || b.writes) && overlap(a, b); });
  });
}

}  // namespace

std::vector<std::vector<std::size_t>> dependencies(std::span<const std::vector<MemoryUse>> calls) {
  std::vector<std::vector<std::size_t>> of(calls.size());
  std::vector<std::vector<bool>> before(calls.size());  // all calls that a call comes after, directly or not
  for (std::size_t call = 0; call < calls.size(); ++call) {
    auto& known = before[call] = std::vector<bool>(call);
    for (std::size_t earlier = call; earlier-- > 0;) {
      if (known[earlier] || !keep_order(calls[earlier], calls[call])) continue;
      of[call].push_back(earlier);
      known[earlier] = true;
      for (std::size_t i = 0; i < earlier; ++i)
        if (before[earlier][i]) known[i] = true;
    }
    std::ranges::reverse(of[call]);
  }
  return of;
}

}  // namespace deepobs
