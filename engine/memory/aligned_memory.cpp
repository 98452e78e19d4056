#include "engine/memory/aligned_memory.h"

#include <sys/mman.h>

#include <new>

namespace deepobs {
namespace {

constexpr std::int64_t cache_line = 64, huge_page = std::int64_t{2} << 20, worth_huge_pages = huge_page / 2;

std::align_val_t alignment(std::int64_t bytes) {
  return std::align_val_t{static_cast<std::size_t>(bytes >= worth_huge_pages ? huge_page : cache_line)};
}

/// Whole huge pages, so that no other memory lies in the last.
std::size_t rounded(std::int64_t bytes) {
  if (bytes < worth_huge_pages) return static_cast<std::size_t>(bytes);
  return static_cast<std::size_t>((bytes + huge_page - 1) / huge_page * huge_page);
}

}  // namespace

void* allocate_aligned(std::int64_t bytes) noexcept {
  if (bytes < 0 || bytes > INT64_MAX - huge_page) return nullptr;
  void* memory = ::operator new(rounded(bytes), alignment(bytes), std::nothrow);
  // A wish: where the system does not grant it, small pages do.
  if (memory && bytes >= worth_huge_pages) madvise(memory, rounded(bytes), MADV_HUGEPAGE);
  return memory;
}

void free_aligned(void* memory, std::int64_t bytes) noexcept { ::operator delete(memory, alignment(bytes)); }

}  // namespace deepobs
