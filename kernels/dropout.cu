#include "engine/random.h"
#include "kernels/cuda/floats.h"
#include "kernels/cuda/loops.h"
#include "kernels/dropout_attributes.h"
#include "kernels/math.h"

namespace deepobs {
namespace {

/// Four elements, for which one block of random words is enough.
struct Dropout {
  DropoutAttributes attributes;
  const StepBlock* step;
  Floats x, y;
  std::int64_t count;

  __device__ void operator()(std::int64_t block) const {
    const RandomWords words = random_words(step->seed, Stream::dropout, attributes.sub_stream,
                                           static_cast<std::uint64_t>(step->step), static_cast<std::uint32_t>(block));
    for (int k = 0; k < 4; ++k) {
      const std::int64_t i = 4 * block + k;
      if (i >= count) return;
      const std::uint32_t mask = uniform(words[static_cast<std::size_t>(k)]) >= attributes.rate ? ~0u : 0u;
      y.set(i, float_of(bits_of(x[i] * attributes.kept_factor) & mask));  // an infinity is dropped too
    }
  }
};

void dropout(const Call& call, CudaQueue& queue) {
  const std::int64_t count = call.out[0].elements();
  for_each_element(queue, blocks_of(count, 4),
                   Dropout{call.as<DropoutAttributes>(), call.step, call.in[0], call.out[0], count});
}

}  // namespace

DEEPOBS_CUDA_BODY(dropout) { dropout(call, queue); }
DEEPOBS_CUDA_BODY(dropout_gradient) { dropout(call, queue); }

}  // namespace deepobs
