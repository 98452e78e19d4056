#include "kernels/cuda/pool.h"

namespace deepobs {
namespace {

/// 1 / the number of pixels that a window sees.
__device__ double weight_of(const IntRange& rows, const IntRange& columns) {
  return 1. / (static_cast<double>(rows.end - rows.begin) * (columns.end - columns.begin));
}

template <class T, class U, class Known, int n>
struct MeanOfWindow {
  PoolPlaces<Known, n> places;
  const T* x;
  U* y;

  __device__ void operator()(std::int64_t pack) const {
    const WindowGeometry g = places.geometry();
    const auto at = places.position(pack);
    const int top = top_of(g, at.y), left = left_of(g, at.x);
    const IntRange rows = rows_seen(g, at.y), columns = columns_seen(g, at.x);
    double sum[n] = {};
    for (int v = rows.begin; v < rows.end; ++v)
      for (int u = columns.begin; u < columns.end; ++u) {
        const auto seen = Pack<T, n>::load(x + places.index(at, g.input, top + v, left + u));
        for (int k = 0; k < n; ++k) sum[k] += static_cast<double>(f32_of(seen.at[k]));
      }
    const double weight = weight_of(rows, columns);
    Pack<U, n> result;
    for (int k = 0; k < n; ++k) result.at[k] = element_of<U>(static_cast<float>(sum[k] * weight));
    result.store(y + pack * n);
  }
};

/// A pixel collects from the windows that see it, in their order.
template <class T, class U, class Known, int n>
struct MeanPoolPixel {
  PoolPlaces<Known, n> places;
  const T* dy;
  U* dx;

  __device__ void operator()(std::int64_t pack) const {
    const WindowGeometry g = places.geometry();
    const auto at = places.position(pack);
    const IntRange rows = rows_over(g, at.y), columns = columns_over(g, at.x);
    Pack<float, n> sum{};
    for (int v = rows.begin; v < rows.end; ++v)
      for (int u = columns.begin; u < columns.end; ++u) {
        const auto given = Pack<T, n>::load(dy + places.index(at, g.output, v, u));
        const auto weight = static_cast<float>(weight_of(rows_seen(g, v), columns_seen(g, u)));
        for (int k = 0; k < n; ++k) sum.at[k] += f32_of(given.at[k]) * weight;
      }
    Pack<U, n> result;
    for (int k = 0; k < n; ++k) result.at[k] = element_of<U>(sum.at[k]);
    result.store(dx + pack * n);
  }
};

/// Work makes the images of extent `made`, with `channels` channels, on one side of the pool of those on the other.
template <template <class, class, class, int> class Work>
void run(const CudaQueue& queue, const WindowGeometry& g, const View& from, const View& to, const Extent2d& made) {
  const std::int64_t channels = to.shape[3];
  const PoolElements elements(g, to.shape[0], channels);
  with_elements(from, [&]<class T>(const T* given) {
    with_elements(to, [&]<class U>(U* wanted) {
      const auto launch = [&]<class Known, int n>(Known, std::integral_constant<int, n>) {
        for_each_element(queue, to.elements() / n, Work<T, U, Known, n>{{g, channels, made}, given, wanted});
      };
      choose_pool<T, U, false>(g, channels, elements.most(), may_be_packed(given) && may_be_packed(wanted), launch);
    });
  });
}

}  // namespace

DEEPOBS_CUDA_BODY(avg_pool) {
  const auto& g = call.as<WindowGeometry>();
  run<MeanOfWindow>(queue, g, call.in[0], call.out[0], g.output);
}

DEEPOBS_CUDA_BODY(avg_pool_gradient) {
  const auto& g = call.as<WindowGeometry>();
  run<MeanPoolPixel>(queue, g, call.in[0], call.out[0], g.input);
}

}  // namespace deepobs
