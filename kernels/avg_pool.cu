#include "kernels/cuda/floats.h"
#include "kernels/cuda/loops.h"
#include "kernels/cuda/pool.h"

namespace deepobs {
namespace {

/// 1 / the number of pixels that a window sees.
__device__ double weight_of(const PoolPlaces::Square& seen) {
  return 1. / (static_cast<double>(seen.rows.end - seen.rows.begin) * (seen.columns.end - seen.columns.begin));
}

struct AveragedOutput {
  PoolPlaces places;
  Floats x, y;

  __device__ void operator()(std::int64_t i) const {
    const auto at = places.position(i, places.g.output);
    const int top = places.top(at.y), left = places.left(at.x);
    const auto seen = places.seen_by(at.y, at.x);
    double sum = 0.;
    for (int v = seen.rows.begin; v < seen.rows.end; ++v)
      for (int u = seen.columns.begin; u < seen.columns.end; ++u)
        sum += static_cast<double>(x[places.index({at.n, at.c, top + v, left + u}, places.g.input)]);
    y.set(i, static_cast<float>(sum * weight_of(seen)));
  }
};

/// A pixel collects from the windows that see it, in their order.
struct AveragedPixel {
  PoolPlaces places;
  Floats dy, dx;

  __device__ void operator()(std::int64_t i) const {
    const auto at = places.position(i, places.g.input);
    const auto [oy, ox] = places.windows_over(at.y, at.x);
    float sum = 0.f;
    for (int v = oy.begin; v < oy.end; ++v)
      for (int u = ox.begin; u < ox.end; ++u)
        sum +=
            dy[places.index({at.n, at.c, v, u}, places.g.output)] * static_cast<float>(weight_of(places.seen_by(v, u)));
    dx.set(i, sum);
  }
};

}  // namespace

DEEPOBS_CUDA_BODY(avg_pool) {
  const PoolPlaces places{call.as<WindowGeometry>(), call.in[0].shape[3]};
  for_each_element(queue, call.out[0].elements(), AveragedOutput{places, call.in[0], call.out[0]});
}

DEEPOBS_CUDA_BODY(avg_pool_gradient) {
  const PoolPlaces places{call.as<WindowGeometry>(), call.out[0].shape[3]};
  for_each_element(queue, call.out[0].elements(), AveragedPixel{places, call.in[0], call.out[0]});
}

}  // namespace deepobs
