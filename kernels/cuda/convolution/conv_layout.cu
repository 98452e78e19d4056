#include "kernels/cuda/convolution/conv_layout.h"
#include "kernels/cuda/loops.h"

namespace deepobs {
namespace {

constexpr int tile = 64, tile_threads = 256;

/// Neighbouring elements that a thread reads or writes at once: 16 bytes of floats, 8 of bf16.
template <class T, int count>
struct alignas(sizeof(T) * count) Neighbours {
  T each[count];
};

/// One 64 x 64 tile of one image, read and written along rows of memory. The column more keeps most threads of a warp
/// on different banks.
template <class T, int pack>
struct TransposedImageTile {
  const T* from;
  T* to;
  std::int64_t rows, columns, tiles_across, tiles_of_image;

  __device__ void operator()(std::int64_t b) const {
    using Pack = Neighbours<T, pack>;
    __shared__ T room[tile][tile + 1];
    const auto [image, place] = divided(b, tiles_of_image);
    const auto [down, across] = divided(place, tiles_across);
    const std::int64_t row = down * tile, column = across * tile;
    const T* const source = from + image * rows * columns;
    T* const target = to + image * rows * columns;
    constexpr int packs = tile / pack, lines = tile_threads / packs;
    const int at = static_cast<int>(threadIdx.x) % packs * pack, line = static_cast<int>(threadIdx.x) / packs;
    // A pack is inside or outside as a whole: where it holds several, both extents are multiples of it.
    for (int r = line; r < tile; r += lines)
      if (row + r < rows && column + at < columns) {
        const Pack read = *reinterpret_cast<const Pack*>(source + (row + r) * columns + column + at);
        for (int i = 0; i < pack; ++i) room[r][at + i] = read.each[i];
      }
    __syncthreads();
    for (int c = line; c < tile; c += lines)
      if (column + c < columns && row + at < rows) {
        Pack written;
        for (int i = 0; i < pack; ++i) written.each[i] = room[at + i][c];
        *reinterpret_cast<Pack*>(target + (column + c) * rows + row + at) = written;
      }
  }
};

template <class T, int pack>
void transpose(const CudaQueue& queue, const void* from, std::int64_t images, std::int64_t rows, std::int64_t columns,
               void* to) {
  const std::int64_t across = blocks_of(columns, tile), of_image = blocks_of(rows, tile) * across;
  for_each_block(
      queue, {.blocks = images * of_image, .threads = tile_threads},
      TransposedImageTile<T, pack>{static_cast<const T*>(from), static_cast<T*>(to), rows, columns, across, of_image});
}

template <class T>
void transpose(const CudaQueue& queue, const void* from, std::int64_t images, std::int64_t rows, std::int64_t columns,
               void* to) {
  constexpr int pack = 4;
  if (rows % pack == 0 && columns % pack == 0)
    transpose<T, pack>(queue, from, images, rows, columns, to);
  else
    transpose<T, 1>(queue, from, images, rows, columns, to);
}

}  // namespace

void transpose_images_on_gpu(const CudaQueue& queue, Type type, const void* from, std::int64_t images,
                             std::int64_t rows, std::int64_t columns, void* to) {
  if (type == Type::bf16)
    transpose<Bf16>(queue, from, images, rows, columns, to);
  else
    transpose<float>(queue, from, images, rows, columns, to);
}

void resize_channels_on_gpu(const CudaQueue& queue, const Floats& from, std::int64_t pixels, std::int64_t narrow,
                            const Floats& to, std::int64_t wide) {
  for_each_element(queue, pixels * wide, [=] __device__(std::int64_t i) {
    const auto [pixel, c] = divided(i, wide);
    to.set(i, c < narrow ? from[pixel * narrow + c] : 0.f);
  });
}

void arrange_filter_on_gpu(const CudaQueue& queue, const FilterArray& from, std::int64_t taps, std::int64_t outputs,
                           const FilterArray& to) {
  const bool outputs_last = to.places.outputs == 1, taps_last = to.places.taps == 1;
  for_each_element(queue, taps * to.channels * outputs, [=] __device__(std::int64_t i) {
    std::int64_t t, c, k;
    if (outputs_last) {
      const auto [first, last] = divided(i, outputs);
      k = last, t = divided(first, to.channels).whole, c = divided(first, to.channels).rest;
    } else {
      const std::int64_t inner = taps_last ? taps : to.channels;
      const auto [first, last] = divided(i, inner);
      const auto [most, middle] = divided(first, taps_last ? to.channels : taps);
      k = most, t = taps_last ? last : middle, c = taps_last ? middle : last;
    }
    to.data.set(to.places(t, c, k), c < from.channels ? from.data[from.places(t, c, k)] : 0.f);
  });
}

}  // namespace deepobs
