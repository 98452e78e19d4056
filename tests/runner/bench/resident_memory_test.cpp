#include "runner/bench/resident_memory.h"

#include <doctest/doctest.h>

#include <cstring>
#include <memory>

namespace deepobs {
namespace {

TEST_CASE("bench memory: the peak counts what was touched since the reset, also when it is gone") {
  constexpr std::size_t large = std::size_t{64} << 20;
  if (!reset_peak_memory()) {
    MESSAGE("skipped: the system does not let a process reset its peak");
    return;
  }
  const auto before = peak_memory();
  REQUIRE(before.has_value());
  {
    const auto memory = std::make_unique_for_overwrite<char[]>(large);
    std::memset(memory.get(), 1, large);
    CHECK(memory[large / 2] == 1);
  }
  const auto after = peak_memory();
  // The kernel counts pages of each processor in batches, so a little may be missing.
  CHECK(*after - *before > static_cast<std::int64_t>(large / 2));
  REQUIRE(reset_peak_memory());
  CHECK(*peak_memory() < *after);
}

}  // namespace
}  // namespace deepobs
