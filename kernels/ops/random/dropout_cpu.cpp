#include "engine/tensor/random.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/cpu/math.h"
#include "kernels/ops/random/dropout_attributes.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

constexpr int blocks_at_once = 16;  // of four random words each, drawn in the lanes of vectors
constexpr int elements_at_once = 4 * blocks_at_once;

/// All bits for an element that is kept, none for one that is dropped; the elements from 4 * first_block on.
void draw_masks(const DropoutAttributes& attributes, const StepBlock& block, std::int64_t first_block,
                std::uint32_t* masks) {
  const float rate = attributes.rate;
  const std::uint32_t sub_stream = attributes.sub_stream;
  const std::uint64_t seed = block.seed;
  const auto step = static_cast<std::uint64_t>(block.step);
  for (std::int64_t b = 0; b < blocks_at_once; ++b) {
    const RandomWords words =
        random_words(seed, Stream::dropout, sub_stream, step, static_cast<std::uint32_t>(first_block + b));
    masks[4 * b] = uniform(words[0]) >= rate ? ~0u : 0u;  // written out, the loop becomes one over vectors
    masks[4 * b + 1] = uniform(words[1]) >= rate ? ~0u : 0u;
    masks[4 * b + 2] = uniform(words[2]) >= rate ? ~0u : 0u;
    masks[4 * b + 3] = uniform(words[3]) >= rate ? ~0u : 0u;
  }
}

}  // namespace

void dropout(const Call& call) {
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  const auto& attributes = call.as<DropoutAttributes>();
  const float kept_factor = attributes.kept_factor;
  const std::int64_t count = call.out[0].elements();
  const std::int64_t groups = (count + elements_at_once - 1) / elements_at_once;
  constexpr std::int64_t cost = 10 * elements_at_once;  // an element takes about as long as ten additions

  for_each_range(call, groups, cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t g = begin; g < end; ++g) {
      std::uint32_t masks[elements_at_once];
      draw_masks(attributes, *call.step, g * blocks_at_once, masks);
      const std::int64_t first = g * elements_at_once;
      const std::int64_t width = count - first < elements_at_once ? count - first : elements_at_once;
      // Masked by bits: a branch on random numbers would be mispredicted all the time, and an infinity is dropped too.
      for (std::int64_t i = 0; i < width; ++i) y[first + i] = float_of(bits_of(x[first + i] * kept_factor) & masks[i]);
    }
  });
}

}  // namespace deepobs::DEEPOBS_ISA
