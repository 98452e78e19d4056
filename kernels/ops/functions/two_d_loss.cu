#include "kernels/cuda/loops.h"
#include "kernels/cuda/reduce.h"
#include "kernels/ops/functions/two_d_slopes.h"

namespace deepobs {
namespace {

/// Block 0 finds the slope along u, block 1 that along v.
struct Slopes {
  TwoD function;
  const float *u, *v, *x, *y, *dloss;
  std::int64_t count;
  float *du, *dv;

  __device__ void operator()(std::int64_t block) const {
    const PlanePoint at = plane_point(function, static_cast<double>(*u), static_cast<double>(*v));
    const double along = block == 0 ? at.along_u : at.along_v;
    const float* noise = block == 0 ? x : y;
    const float* d = dloss;
    const double sum = block_sum_terms(
        0, count, [=](std::int64_t n) { return static_cast<double>(d[n]) * (along + static_cast<double>(noise[n])); });
    if (threadIdx.x == 0) *(block == 0 ? du : dv) = static_cast<float>(sum);
  }
};

}  // namespace

DEEPOBS_CUDA_BODY(two_d_loss) {
  const TwoD function = call.as<TwoD>();
  const float *u = call.in[0].f32(), *v = call.in[1].f32(), *x = call.in[2].f32(), *y = call.in[3].f32();
  float* loss = call.out[0].f32();
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t n) {
    const auto at_u = static_cast<double>(*u), at_v = static_cast<double>(*v);
    loss[n] = static_cast<float>(plane_point(function, at_u, at_v).f +
                                 (at_u * static_cast<double>(x[n]) + at_v * static_cast<double>(y[n])));
  });
}

DEEPOBS_CUDA_BODY(two_d_loss_gradient) {
  for_each_block(queue, {.blocks = 2},
                 Slopes{call.as<TwoD>(), call.in[0].f32(), call.in[1].f32(), call.in[2].f32(), call.in[3].f32(),
                        call.in[4].f32(), call.in[4].elements(), call.out[0].f32(), call.out[1].f32()});
}

}  // namespace deepobs
