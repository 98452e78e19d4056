#pragma once

// clang-format off: the macro reads best as written

#include <cstdint>

#include "engine/graph/op.h"

/// The CPU bodies of the ops stand in *_cpu.cpp files, which the build compiles once per instruction set with
/// DEEPOBS_ISA defined as its name. Everything in such a file is in namespace deepobs::DEEPOBS_ISA or without linkage,
/// so that the linker never mixes code of two instruction sets. DEEPOBS_CPU_BODY(relu), in namespace deepobs, makes
/// bodies::relu of the functions void relu(const Call&) of those namespaces, ready for Op::cpu. A program
/// with ops of its own uses it in its own namespace: the bodies then stand in namespace its_own::DEEPOBS_ISA.
#if defined(__x86_64__)
#define DEEPOBS_CPU_BODY(body)                                                                          \
  namespace portable {                                                                                  \
  void body(const ::deepobs::Call&);                                                                    \
  }                                                                                                     \
  namespace avx2 {                                                                                      \
  void body(const ::deepobs::Call&);                                                                    \
  }                                                                                                     \
  namespace avx512 {                                                                                    \
  void body(const ::deepobs::Call&);                                                                    \
  }                                                                                                     \
  namespace bodies {                                                                                    \
  static constexpr std::array<::deepobs::Body, ::deepobs::isa_count> body{&portable::body, &avx2::body, \
                                                                          &avx512::body};               \
  }                                                                                                     \
  static_assert(true)
#else
#define DEEPOBS_CPU_BODY(body)                                                                                \
  namespace portable {                                                                                        \
  void body(const ::deepobs::Call&);                                                                          \
  }                                                                                                           \
  namespace bodies {                                                                                          \
  static constexpr std::array<::deepobs::Body, ::deepobs::isa_count> body{&portable::body, nullptr, nullptr}; \
  }                                                                                                           \
  static_assert(true)
#endif
