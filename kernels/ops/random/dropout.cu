#include "engine/tensor/random.h"
#include "kernels/cpu/math.h"
#include "kernels/cuda/loops.h"
#include "kernels/cuda/product/pack.h"
#include "kernels/ops/random/dropout_attributes.h"

namespace deepobs {
namespace {

/// Four elements, for which one block of random words is enough.
template <class T, class U>
struct Dropout {
  DropoutAttributes attributes;
  const StepBlock* step;
  const T* x;
  U* y;
  std::int64_t count;
  bool packed;

  __device__ static float dropped(float x, std::uint32_t word, const DropoutAttributes& attributes) {
    const std::uint32_t mask = uniform(word) >= attributes.rate ? ~0u : 0u;
    return float_of(bits_of(x * attributes.kept_factor) & mask);  // an infinity is dropped too
  }

  __device__ void operator()(std::int64_t block) const {
    const RandomWords words = random_words(step->seed, Stream::dropout, attributes.sub_stream,
                                           static_cast<std::uint64_t>(step->step), static_cast<std::uint32_t>(block));
    const std::int64_t first = 4 * block;
    if (packed && first + 4 <= count) {
      const auto from = Pack<T, 4>::load(x + first);
      Pack<U, 4> to;
      DEEPOBS_UNROLL
      for (int k = 0; k < 4; ++k)
        to.at[k] = element_of<U>(dropped(f32_of(from.at[k]), words[static_cast<std::size_t>(k)], attributes));
      to.store(y + first);
    } else {
      for (int k = 0; k < 4 && first + k < count; ++k)
        y[first + k] = element_of<U>(dropped(f32_of(x[first + k]), words[static_cast<std::size_t>(k)], attributes));
    }
  }
};

void dropout(const Call& call, CudaQueue& queue) {
  const std::int64_t count = call.out[0].elements();
  with_elements(call.in[0], [&]<class T>(const T* x) {
    with_elements(call.out[0], [&]<class U>(U* y) {
      for_each_element(
          queue, blocks_of(count, 4),
          Dropout<T, U>{call.as<DropoutAttributes>(), call.step, x, y, count, may_be_packed(x) && may_be_packed(y)});
    });
  });
}

}  // namespace

DEEPOBS_CUDA_BODY(dropout) { dropout(call, queue); }
DEEPOBS_CUDA_BODY(dropout_gradient) { dropout(call, queue); }

}  // namespace deepobs
