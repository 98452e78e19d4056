#include "kernels/cuda/convolution/columns.h"
#include "kernels/cuda/last_block.h"
#include "kernels/cuda/loops.h"
#include "kernels/cuda/product/gate.h"
#include "kernels/cuda/product/pack.h"

namespace deepobs {
namespace {

constexpr int tile_columns = 32, warps = 8;  // of a block; a warp takes 128 bytes of floats, or as many bf16, at once

/// Blocks have a tile of columns and a group of rows each.
struct Cut {
  std::int64_t tiles, groups, rows_each;

  Cut(std::int64_t rows, std::int64_t columns) : tiles(blocks_of(columns, tile_columns)) {
    constexpr std::int64_t alone = 512;  // rows of which one block is as soon done as two and their sum
    constexpr std::int64_t least = 256, enough_blocks = 264;  // two for each multiprocessor of the largest GPUs
    if (rows <= alone || tiles == 0) {
      groups = 1;
    } else {
      const std::int64_t most = blocks_of(rows, least), good = blocks_of(enough_blocks, tiles);
      groups = good < most ? good : most;
    }
    rows_each = blocks_of(rows, groups);
  }
};

std::int64_t counter_bytes(const Cut& cut) { return blocks_of(cut.tiles * 4, 16) * 16; }

/// n columns of a row, and what is done with them.
template <class T, int n>
struct Elements {
  static constexpr int width = n, at_once = 8;
  const T* x;

  struct Loaded {
    Pack<T, n> x;
  };
  __device__ Loaded load(std::int64_t i) const { return {Pack<T, n>::load(x + i)}; }
  __device__ void add(const Loaded& loaded, std::int64_t, double (&sum)[n]) const {
    for (int k = 0; k < n; ++k) sum[k] += static_cast<double>(f32_of(loaded.x.at[k]));
  }
};

/// dx = dy behind the gate, all of one type and in packs.
template <class T, int n>
struct GatedElements {
  static constexpr int width = n, at_once = 4;
  const T *gate, *dy;
  T* dx;

  struct Loaded {
    Pack<T, n> gate, dy;
  };
  __device__ Loaded load(std::int64_t i) const { return {Pack<T, n>::load(gate + i), Pack<T, n>::load(dy + i)}; }
  __device__ void add(const Loaded& loaded, std::int64_t i, double (&sum)[n]) const {
    Pack<T, n> result;
    for (int k = 0; k < n; ++k) {
      result.at[k] = gated(loaded.gate.at[k], loaded.dy.at[k]);
      sum[k] += static_cast<double>(f32_of(result.at[k]));
    }
    result.store(dx + i);
  }
};

/// The same one by one, of any types.
struct GatedElement {
  static constexpr int width = 1, at_once = 4;
  Floats gate, dy, dx;

  struct Loaded {
    float gate, dy;
  };
  __device__ Loaded load(std::int64_t i) const { return {gate[i], dy[i]}; }
  __device__ void add(const Loaded& loaded, std::int64_t i, double (&sum)[1]) const {
    dx.set(i, gated(loaded.gate, loaded.dy));
    sum[0] += static_cast<double>(dx[i]);  // as it was rounded
  }
};

/// One block's rows of its columns; the last of a tile's blocks has the sum of all.
template <class Source>
struct ColumnTile {
  Source source;
  std::int64_t rows, columns;
  Cut cut;
  unsigned* arrived;  // [tiles]
  double* partial;    // [groups, columns]
  float* y;

  // A thread has some columns next to each other, and every so many rows; neighbours in a warp have the next columns.
  static constexpr int across = tile_columns / Source::width, lines = warps * 32 / across;

  __device__ void operator()(std::int64_t block) const {
    const std::int64_t tile = block % cut.tiles, group = block / cut.tiles;
    const std::int64_t column = tile * tile_columns, begin = group * cut.rows_each;
    const std::int64_t end = begin + cut.rows_each < rows ? begin + cut.rows_each : rows;
    const double mine = sum_of_block(column, begin, end);
    const auto thread = static_cast<std::int64_t>(threadIdx.x);
    const bool writes = thread < tile_columns && column + thread < columns;
    if (cut.groups == 1) {
      if (writes) y[column + thread] = static_cast<float>(mine);
      return;
    }
    if (writes) partial[group * columns + column + thread] = mine;
    if (!is_last_block(arrived + tile, static_cast<unsigned>(cut.groups))) return;
    const double total = sum_of_groups(column);
    if (writes) y[column + thread] = static_cast<float>(total);
  }

  /// In threads of the first warp, of a column each.
  __device__ double sum_of_block(std::int64_t column, std::int64_t begin, std::int64_t end) const {
    constexpr int n = Source::width, at_once = Source::at_once;
    __shared__ double sums[warps][tile_columns];
    const int thread = static_cast<int>(threadIdx.x), mine = thread % across * n;
    double sum[n] = {};
    if (column + mine < columns) {  // and with it all n
      const auto index = [&](std::int64_t row) { return row * columns + column + mine; };
      std::int64_t row = begin + thread / across;
      for (; row + (at_once - 1) * lines < end; row += at_once * lines) {
        typename Source::Loaded loaded[at_once];
        DEEPOBS_UNROLL
        for (int k = 0; k < at_once; ++k) loaded[k] = source.load(index(row + k * lines));
        DEEPOBS_UNROLL
        for (int k = 0; k < at_once; ++k) source.add(loaded[k], index(row + k * lines), sum);
      }
      for (; row < end; row += lines) source.add(source.load(index(row)), index(row), sum);
    }
    for (int k = 0; k < n; ++k) {
      for (int distance = across; distance < 32; distance *= 2)
        sum[k] += __shfl_xor_sync(0xffffffffu, sum[k], distance);
      if (thread % 32 < across) sums[thread / 32][mine + k] = sum[k];
    }
    return sum_of_warps(sums);
  }

  /// The groups of a column one behind the other, every `warps`-th by another warp.
  __device__ double sum_of_groups(std::int64_t column) const {
    __shared__ double sums[warps][tile_columns];
    const int thread = static_cast<int>(threadIdx.x), mine = thread % tile_columns;
    double sum = 0.;
    if (column + mine < columns)
      for (std::int64_t group = thread / tile_columns; group < cut.groups; group += warps)
        sum += partial[group * columns + column + mine];
    sums[thread / tile_columns][mine] = sum;
    return sum_of_warps(sums);
  }

  __device__ static double sum_of_warps(const double (&sums)[warps][tile_columns]) {
    __syncthreads();
    if (threadIdx.x >= tile_columns) return 0.;
    double total = 0.;
    for (const auto& of_warp : sums) total += of_warp[threadIdx.x];
    return total;
  }
};

template <class Source>
void run(const CudaQueue& queue, const Source& source, std::int64_t rows, std::int64_t columns, float* y, void* kept) {
  const Cut cut(rows, columns);
  auto* counters = static_cast<std::byte*>(kept);
  for_each_block(queue, {.blocks = cut.tiles * cut.groups, .threads = warps * 32},
                 ColumnTile<Source>{source, rows, columns, cut, reinterpret_cast<unsigned*>(counters),
                                    reinterpret_cast<double*>(counters + counter_bytes(cut)), y});
}

}  // namespace

std::int64_t column_sum_bytes(std::int64_t rows, std::int64_t columns) {
  const Cut cut(rows, columns);
  if (cut.groups == 1) return 0;
  return counter_bytes(cut) + cut.groups * columns * static_cast<std::int64_t>(sizeof(double));
}

void sum_columns_on_gpu(const CudaQueue& queue, const Floats& x, std::int64_t rows, std::int64_t columns, float* y,
                        void* kept) {
  with_elements(x, [&]<class T>(T* elements) {
    if (columns % pack_width<T> == 0 && may_be_packed(elements))
      run(queue, Elements<T, pack_width<T>>{elements}, rows, columns, y, kept);
    else
      run(queue, Elements<T, 1>{elements}, rows, columns, y, kept);
  });
}

void gate_and_sum_columns_on_gpu(const CudaQueue& queue, const Floats& gate, const Floats& dy, const Floats& dx,
                                 std::int64_t rows, std::int64_t columns, float* y, void* kept) {
  const bool alike = gate.type() == dx.type() && dy.type() == dx.type();
  with_elements(dx, [&]<class T>(T* of_dx) {
    if (alike && columns % pack_width<T> == 0 && may_be_packed(gate) && may_be_packed(dy) && may_be_packed(dx))
      run(queue,
          GatedElements<T, pack_width<T>>{static_cast<const T*>(gate.data()), static_cast<const T*>(dy.data()), of_dx},
          rows, columns, y, kept);
    else
      run(queue, GatedElement{gate, dy, dx}, rows, columns, y, kept);
  });
}

}  // namespace deepobs
