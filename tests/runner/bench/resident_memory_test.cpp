#include "runner/bench/machine/resident_memory.h"

#include <doctest/doctest.h>
#include <sys/mman.h>

#include <cstring>

namespace deepobs {
namespace {

TEST_CASE("bench memory: the peak counts what was touched since the reset, also when it is gone") {
  // The kernel counts pages in batches, for each thread or processor, so a peak may be off by some megabytes on a large
  // machine: what is looked for is much larger, and half of it is enough.
  constexpr std::size_t large = std::size_t{256} << 20;
  constexpr auto enough = static_cast<std::int64_t>(large / 2);
  if (!reset_peak_memory()) {
    MESSAGE("skipped: the system does not let a process reset its peak");
    return;
  }
  const auto before = peak_memory();
  REQUIRE(before.has_value());
  // Straight from the system and back: an allocator, a sanitizer's above all, may keep what it is given.
  void* memory = ::mmap(nullptr, large, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  std::memset(memory, 1, large);
  CHECK(static_cast<const char*>(memory)[large / 2] == 1);
  REQUIRE(::munmap(memory, large) == 0);

  const auto after = peak_memory();
  CHECK(*after - *before > enough);
  REQUIRE(reset_peak_memory());
  CHECK(*after - *peak_memory() > enough);
}

}  // namespace
}  // namespace deepobs
