#include "kernels/cpu/peak_loops.h"
#include "kernels/cpu/simd.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

// Enough chains to hide the latency of an operation on every port (at most 2 x 4 are needed on today's cores), few
// enough to stay in registers with the two factors: there are 32 with AVX-512, else 16.
constexpr int chains = lanes == 16 ? 16 : 12;

float multiply_adds(std::int64_t rounds) {
  // x <- 0.5 x + 0.5 goes to 1: neither denormal nor infinite however long it runs. Behind the asm the compiler knows
  // nothing of the factors, and cannot compute ahead.
  float half = 0.5f;
  asm volatile("" : "+m"(half));
  const Vec factor = broadcast(half);
  Vec chain[chains];  // all different: the compiler would make one of equal ones
  for (int i = 0; i < chains; ++i) chain[i] = broadcast(static_cast<float>(i));
  for (; rounds > 0; --rounds) {
#pragma GCC unroll 16
    for (int i = 0; i < chains; ++i) chain[i] = fma(chain[i], factor, factor);
  }
  Vec all{};
  for (int i = 0; i < chains; ++i) all += chain[i];
  float sum = 0;
  for (int i = 0; i < lanes; ++i) sum += all[i];
  return sum;
}

float read(const float* from, std::int64_t count, std::int64_t passes) {
  constexpr int streams = 8;  // additions have a latency too
  Vec sums[streams] = {};
  float sum = 0;
  for (; passes > 0; --passes) {
    std::int64_t i = 0;
    for (; i + streams * lanes <= count; i += streams * lanes) {
#pragma GCC unroll 8
      for (int s = 0; s < streams; ++s) sums[s] += load(from + i + s * lanes);
    }
    for (; i < count; ++i) sum += from[i];
  }
  for (int s = 0; s < streams; ++s)
    for (int lane = 0; lane < lanes; ++lane) sum += sums[s][lane];
  return sum;
}

void scale(float* to, const float* from, std::int64_t count, float factor) {
  constexpr int streams = 4;
  std::int64_t i = 0;
  for (; i + streams * lanes <= count; i += streams * lanes) {
#pragma GCC unroll 4
    for (int s = 0; s < streams; ++s) store(to + i + s * lanes, factor * load(from + i + s * lanes));
  }
  for (; i < count; ++i) to[i] = factor * from[i];
}

}  // namespace

extern const PeakLoops peak_loops;
const PeakLoops peak_loops{multiply_adds, 2 * chains* lanes, read, scale};

}  // namespace deepobs::DEEPOBS_ISA
