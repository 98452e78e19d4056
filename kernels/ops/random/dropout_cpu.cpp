#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/cpu/random_lanes.h"
#include "kernels/ops/random/dropout_attributes.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

constexpr int groups = 2, vectors_at_once = 2 * groups;
constexpr std::int64_t elements_at_once = std::int64_t{vectors_at_once} * lanes;

/// Masked by bits: a branch on random numbers would be mispredicted all the time, and an infinity is dropped too.
[[gnu::always_inline]] inline Vec masked(Vec x, WordVec mask) {
  return __builtin_bit_cast(Vec, __builtin_bit_cast(WordVec, x) & mask);
}

}  // namespace

void dropout(const Call& call) {
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  const auto& attributes = call.as<DropoutAttributes>();
  const StepBlock step = *call.step;
  const std::int64_t count = call.out[0].elements();
  // An element stays where uniform(word) >= rate: where the upper 24 bits of the word are at least that many.
  const auto least = static_cast<std::int32_t>(__builtin_ceilf(attributes.rate * 0x1p24f));
  const IntVec below = (least - 1) - IntVec{};
  const Vec kept_factor = broadcast(attributes.kept_factor);

  const std::int64_t turns = (count + elements_at_once - 1) / elements_at_once;
  constexpr std::int64_t cost = 3 * elements_at_once;  // an element takes about as long as three additions
  for_each_range(call, turns, cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t turn = begin; turn < end; ++turn) {
      const std::int64_t first = turn * elements_at_once;
      WordVec words[vectors_at_once];
      random_lanes<groups>(step.seed, Stream::dropout, attributes.sub_stream, static_cast<std::uint64_t>(step.step),
                           first / 4, words);
      WordVec kept[vectors_at_once];
      for (int v = 0; v < vectors_at_once; ++v)
        kept[v] = __builtin_bit_cast(WordVec, __builtin_bit_cast(IntVec, words[v] >> 8) > below);
      if (first + elements_at_once <= count) {
        for (int v = 0; v < vectors_at_once; ++v) {
          const std::int64_t at = first + v * lanes;
          store(y + at, masked(load(x + at) * kept_factor, kept[v]));
        }
        continue;
      }
      for (int v = 0; v < vectors_at_once && first + v * lanes < count; ++v) {
        const std::int64_t at = first + v * lanes;
        const int left = count - at < lanes ? static_cast<int>(count - at) : lanes;
        store_first(y + at, masked(load_first(x + at, left) * kept_factor, kept[v]), left);
      }
    }
  });
}

}  // namespace deepobs::DEEPOBS_ISA
