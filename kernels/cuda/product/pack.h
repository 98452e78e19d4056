#pragma once

#include <cstdint>

#include "kernels/cuda/floats.h"

namespace deepobs {

// Neighbouring elements that one instruction reads or writes. For files that are compiled as CUDA.

/// n elements, a power of two, in memory that is aligned to all of them or to 16 bytes.
template <class T, int n>
struct alignas(sizeof(T) * n < 16 ? sizeof(T) * n : 16) Pack {
  T at[n];

  __device__ static Pack load(const T* from) { return *reinterpret_cast<const Pack*>(from); }
  __device__ void store(T* to) const { *reinterpret_cast<Pack*>(to) = *this; }
};

/// How many elements 16 bytes hold: 4 floats, 8 bf16.
template <class T>
constexpr int pack_width = 16 / static_cast<int>(sizeof(T));

/// Whether packs of any type may begin there.
inline bool may_be_packed(const void* memory) { return reinterpret_cast<std::uintptr_t>(memory) % 16 == 0; }
inline bool may_be_packed(const Floats& x) { return may_be_packed(x.data()); }

}  // namespace deepobs

/// In front of a loop whose length the compiler knows: what it loads goes into registers, and all of it at once.
#if defined(__CUDACC__)
#define DEEPOBS_UNROLL _Pragma("unroll")
#else
#define DEEPOBS_UNROLL
#endif
