#include <memory>

#include "kernels/cpu/math.h"
#include "kernels/cuda/floats.h"
#include "kernels/cuda/last_block.h"
#include "kernels/cuda/loops.h"
#include "kernels/ops/norm/batch_norm_attributes.h"

namespace deepobs {
namespace {

constexpr int tile_columns = 32, warps = 8;  // of a block; a warp takes neighbouring columns of one row

/// Blocks have a tile of columns and a group of rows each.
struct Cut {
  std::int64_t rows, columns, tiles, groups, rows_each;

  Cut(const View& x, const View& row)
      : rows(row.elements() > 0 ? x.elements() / row.elements() : 0),
        columns(row.elements()),
        tiles(blocks_of(columns, tile_columns)) {
    constexpr std::int64_t least = 256, enough_blocks = 264;  // two for each multiprocessor of the largest GPUs
    const std::int64_t most = blocks_of(rows, least), good = blocks_of(enough_blocks, tiles > 0 ? tiles : 1);
    groups = most < 1 ? 1 : good < most ? good : most;
    rows_each = blocks_of(rows, groups);
  }
};

/// The node's own memory: counters of the tiles, sums of the groups, and what the pass behind the sums needs.
struct Memory {
  unsigned* arrived;  // [tiles]
  double* partial;    // [groups, 2, columns]
  float* factors;     // [5, columns]

  static std::int64_t counter_bytes(const Cut& cut) { return blocks_of(cut.tiles * 4, 16) * 16; }
  static std::int64_t bytes(const Cut& cut) { return counter_bytes(cut) + (2 * cut.groups * 8 + 5 * 4) * cut.columns; }
  Memory(void* kept, const Cut& cut)
      : arrived(static_cast<unsigned*>(kept)),
        partial(reinterpret_cast<double*>(static_cast<std::byte*>(kept) + counter_bytes(cut))),
        factors(reinterpret_cast<float*>(partial + 2 * cut.groups * cut.columns)) {}
};

CudaPrepared* prepare(const View& x, const View& row) {
  auto prepared = std::make_unique<CudaPrepared>();
  prepared->kept_bytes = Memory::bytes(Cut(x, row));
  return prepared.release();
}

/// Distances from the first row, and their squares; then the statistics.
struct Statistics {
  Floats x;
  const float *weight, *bias;
  double *mean, *variance;
  double eps;

  __device__ double origin(std::int64_t c) const { return static_cast<double>(x[c]); }
  __device__ void add(std::int64_t i, double from, double& sum, double& squares) const {
    const double distance = static_cast<double>(x[i]) - from;
    sum += distance;
    squares += distance * distance;
  }
  __device__ void finish(const Cut& cut, std::int64_t c, double sum, double squares, float* factors) const {
    const auto elements = static_cast<double>(cut.rows);
    const double shift = sum / elements, square = squares / elements - shift * shift;
    mean[c] = origin(c) + shift;
    variance[c] = square < 0. ? 0. : square;
    const NormFactors f = norm_factors(mean[c], variance[c], eps, weight[c], bias[c]);
    const float all[]{f.mean, f.mean_rest, f.factor, f.bias};
    for (int k = 0; k < 4; ++k) factors[k * cut.columns + c] = all[k];
  }
};

/// dz, and dz times the distance from the mean; then the gradients of weight and bias.
template <class Statistic>
struct GradientSums {
  Floats dz, x;
  const float* weight;
  const Statistic *mean, *variance;
  float *dweight, *dbias;
  double eps;
  bool of_batch;

  __device__ double origin(std::int64_t c) const { return static_cast<double>(mean[c]); }
  __device__ void add(std::int64_t i, double from, double& sum, double& products) const {
    const auto given = static_cast<double>(dz[i]);
    sum += given;
    products += given * (static_cast<double>(x[i]) - from);
  }
  __device__ void finish(const Cut& cut, std::int64_t c, double sum, double products, float* factors) const {
    const auto v = static_cast<double>(variance[c]);
    dbias[c] = static_cast<float>(sum);
    dweight[c] = static_cast<float>(products / std::sqrt(v + eps));
    const NormGradientFactors f = norm_gradient_factors(origin(c), v, eps, weight[c], sum, products,
                                                        of_batch ? static_cast<double>(cut.rows) : 0.);
    const float all[]{f.mean, f.mean_rest, f.of_dz, f.of_x, f.rest};
    for (int k = 0; k < 5; ++k) factors[k * cut.columns + c] = all[k];
  }
};

/// One group's rows of a tile of columns; the last of a tile's blocks adds the groups in their order.
template <class Terms>
struct TileSums {
  Terms terms;
  Cut cut;
  Memory memory;

  __device__ void operator()(std::int64_t block) const {
    const std::int64_t tile = block % cut.tiles, group = block / cut.tiles;
    const int lane = static_cast<int>(threadIdx.x % tile_columns), warp = static_cast<int>(threadIdx.x / tile_columns);
    const std::int64_t c = tile * tile_columns + lane, begin = group * cut.rows_each;
    const std::int64_t end = begin + cut.rows_each < cut.rows ? begin + cut.rows_each : cut.rows;
    double sum = 0., products = 0.;
    if (c < cut.columns) {
      const double origin = cut.rows > 0 ? terms.origin(c) : 0.;
      for (std::int64_t row = begin + warp; row < end; row += warps)
        terms.add(row * cut.columns + c, origin, sum, products);
    }
    sum = sum_of_warps(sum);
    products = sum_of_warps(products);
    const bool writes = warp == 0 && c < cut.columns;
    if (writes) {
      memory.partial[2 * group * cut.columns + c] = sum;
      memory.partial[(2 * group + 1) * cut.columns + c] = products;
    }
    if (!is_last_block(memory.arrived + tile, static_cast<unsigned>(cut.groups)) || !writes) return;
    sum = products = 0.;
    for (std::int64_t g = 0; g < cut.groups; ++g) {
      sum += memory.partial[2 * g * cut.columns + c];
      products += memory.partial[(2 * g + 1) * cut.columns + c];
    }
    terms.finish(cut, c, sum, products, memory.factors);
  }

  /// In the threads of the first warp, of a column each.
  __device__ static double sum_of_warps(double mine) {
    __shared__ double sums[warps][tile_columns];
    __syncthreads();  // the last sums were read
    sums[threadIdx.x / tile_columns][threadIdx.x % tile_columns] = mine;
    __syncthreads();
    double total = 0.;
    for (const auto& of_warp : sums) total += of_warp[threadIdx.x % tile_columns];
    return total;
  }
};

template <class Terms>
void sum_tiles(const CudaQueue& queue, const Cut& cut, const Terms& terms) {
  for_each_block(queue, {.blocks = cut.tiles * cut.groups, .threads = warps * tile_columns},
                 TileSums<Terms>{terms, cut, Memory(queue.kept, cut)});
}

void normalise(const Call& call, const CudaQueue& queue, const Cut& cut) {
  const Floats x = call.in[0], y = call.out[0];
  const float* f = Memory(queue.kept, cut).factors;
  const std::int64_t n = cut.columns;
  const bool relu = call.as<BatchNorm>().relu;
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) {
    const std::int64_t c = remainder_of(i, n);
    const float z = multiply_add((x[i] - f[c]) - f[n + c], f[2 * n + c], f[3 * n + c]);
    y.set(i, relu && z < 0.f ? 0.f : z);  // a NaN stays one
  });
}

template <class Statistic>
void gradient(const Call& call, const CudaQueue& queue, const Statistic* mean, const Statistic* variance,
              bool of_batch) {
  const Cut cut(call.in[1], call.in[2]);
  sum_tiles(queue, cut,
            GradientSums<Statistic>{call.in[0], call.in[1], call.in[2].f32(), mean, variance, call.out[1].f32(),
                                    call.out[2].f32(), call.as<BatchNorm>().eps, of_batch});
  const Floats dz = call.in[0], x = call.in[1], dx = call.out[0];
  const float* f = Memory(queue.kept, cut).factors;
  const std::int64_t n = cut.columns;
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) {
    const std::int64_t c = remainder_of(i, n);
    dx.set(i, multiply_add(f[2 * n + c], dz[i], multiply_add(f[3 * n + c], (x[i] - f[c]) - f[n + c], f[4 * n + c])));
  });
}

}  // namespace

DEEPOBS_CUDA_PREPARE(batch_norm) { return prepare(call.in[0], call.in[1]); }
DEEPOBS_CUDA_PREPARE(batch_norm_by) { return prepare(call.in[0], call.in[1]); }
DEEPOBS_CUDA_PREPARE(batch_norm_gradient) { return prepare(call.in[1], call.in[2]); }
DEEPOBS_CUDA_PREPARE(batch_norm_by_gradient) { return prepare(call.in[1], call.in[2]); }

DEEPOBS_CUDA_BODY(batch_norm) {
  const Cut cut(call.in[0], call.in[1]);
  sum_tiles(queue, cut,
            Statistics{call.in[0], call.in[1].f32(), call.in[2].f32(), call.out[1].f64(), call.out[2].f64(),
                       call.as<BatchNorm>().eps});
  normalise(call, queue, cut);
}

DEEPOBS_CUDA_BODY(batch_norm_by) {
  const Cut cut(call.in[0], call.in[1]);
  const float *weight = call.in[1].f32(), *bias = call.in[2].f32(), *mean = call.in[3].f32(),
              *variance = call.in[4].f32();
  float* factors = Memory(queue.kept, cut).factors;
  const double eps = call.as<BatchNorm>().eps;
  const std::int64_t n = cut.columns;
  for_each_element(queue, n, [=] __device__(std::int64_t c) {
    const NormFactors f =
        norm_factors(static_cast<double>(mean[c]), static_cast<double>(variance[c]), eps, weight[c], bias[c]);
    const float all[]{f.mean, f.mean_rest, f.factor, f.bias};
    for (int k = 0; k < 4; ++k) factors[k * n + c] = all[k];
  });
  normalise(call, queue, cut);
}

DEEPOBS_CUDA_BODY(batch_norm_gradient) { gradient(call, queue, call.in[3].f64(), call.in[4].f64(), true); }
DEEPOBS_CUDA_BODY(batch_norm_by_gradient) { gradient(call, queue, call.in[3].f32(), call.in[4].f32(), false); }

DEEPOBS_CUDA_BODY(track_statistics) {
  const double *mean = call.in[0].f64(), *variance = call.in[1].f64();
  float *running_mean = call.in[2].f32(), *running_variance = call.in[3].f32();
  const auto tracked = call.as<RunningStatistics>();
  for_each_element(queue, call.in[0].elements(), [=] __device__(std::int64_t c) {
    const auto taken = [&](float running, double now) {
      return static_cast<float>((1. - tracked.momentum) * static_cast<double>(running) + tracked.momentum * now);
    };
    running_mean[c] = taken(running_mean[c], mean[c]);
    running_variance[c] = taken(running_variance[c], variance[c] * tracked.unbiased);
  });
}

}  // namespace deepobs
