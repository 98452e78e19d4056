#include "kernels/cuda/loops.h"
#include "kernels/cuda/product/pack.h"

namespace deepobs {
namespace {

/// Some tensors, one behind the other: one launch. A thread has a pack of one of them.
struct SomeTensors {
  static constexpr int most = 32, n = pack_width<Bf16>;
  const float* x[most];
  Bf16* y[most];
  std::int64_t count[most], end[most];  // elements; packs, counted from the first tensor's
  bool packed[most];
  int tensors = 0;

  std::int64_t packs() const { return tensors > 0 ? end[tensors - 1] : 0; }
  void add(const View& from, const View& to) {
    const std::int64_t before = packs();
    x[tensors] = from.f32();
    y[tensors] = to.bf16();
    count[tensors] = from.elements();
    packed[tensors] = may_be_packed(from.data) && may_be_packed(to.data);
    end[tensors] = before + blocks_of(from.elements(), n);
    ++tensors;
  }

  __device__ void operator()(std::int64_t pack) const {
    int t = 0;
    while (pack >= end[t]) ++t;
    const std::int64_t first = (t > 0 ? pack - end[t - 1] : pack) * n;
    const float* from = x[t] + first;
    Bf16* to = y[t] + first;
    if (packed[t] && first + n <= count[t]) {
      const auto wide = Pack<float, n>::load(from);
      Pack<Bf16, n> narrow;
      DEEPOBS_UNROLL
      for (int k = 0; k < n; ++k) narrow.at[k] = bf16_of(wide.at[k]);
      narrow.store(to);
    } else {
      for (std::int64_t k = 0; k < n && first + k < count[t]; ++k) to[k] = bf16_of(from[k]);
    }
  }
};

}  // namespace

DEEPOBS_CUDA_BODY(to_bf16) {
  for (std::size_t next = 0; next < call.in.size();) {
    SomeTensors some;
    for (; next < call.in.size() && some.tensors < SomeTensors::most; ++next) some.add(call.in[next], call.out[next]);
    for_each_element(queue, some.packs(), some);
  }
}

}  // namespace deepobs
