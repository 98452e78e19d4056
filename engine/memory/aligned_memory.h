#pragma once

#include <cstdint>

namespace deepobs {

/// Memory aligned to a cache line; from 1 MiB on to huge pages, which the system is asked for: products of matrices
/// jump through it in steps of about a page, and look-ups of small pages cost them a tenth of their time.
/// Null where the system has no more. Give it back with free_aligned() and the same number of bytes.
void* allocate_aligned(std::int64_t bytes) noexcept;
void free_aligned(void* memory, std::int64_t bytes) noexcept;

}  // namespace deepobs
