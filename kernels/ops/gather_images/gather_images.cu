#include <memory>

#include "kernels/cuda/divisor.h"
#include "kernels/cuda/loops.h"
#include "kernels/cuda/product/pack.h"
#include "kernels/cuda/reduce.h"
#include "kernels/cuda/rows.h"
#include "kernels/ops/gather_images/augment.h"
#include "kernels/ops/gather_images/gather_images_attributes.h"
#include "kernels/ops/gather_images/image_bytes.h"

namespace deepobs {
namespace {

constexpr std::int64_t most_shared = 40 * 1024;  // bytes that every GPU gives a block without being asked

/// Rows of the data set and where they go. A block has an image, whose row it looks up once.
template <class T>
struct Images {
  BatchRows rows;
  const std::uint8_t* bytes;
  T* y;
  std::int64_t values;  // of an image
  bool packed;          // every image begins where packs may, on both sides

  /// y = f(byte) for each value of image k, by the whole block; f(0) where there is no image.
  template <class F>
  __device__ void map(std::int64_t k, std::int64_t row, const F& f) const {
    constexpr int n = pack_width<T>;
    const std::uint8_t* from = bytes + (row < 0 ? 0 : row * values);
    T* to = y + k * values;
    const std::int64_t packs = packed ? values / n : 0;
    for (std::int64_t pack = threadIdx.x; pack < packs; pack += blockDim.x) {
      Pack<std::uint8_t, n> given{};
      if (row >= 0) given = Pack<std::uint8_t, n>::load(from + pack * n);
      Pack<T, n> result;
      DEEPOBS_UNROLL
      for (int e = 0; e < n; ++e) result.at[e] = element_of<T>(f(given.at[e]));
      result.store(to + pack * n);
    }
    for (std::int64_t i = packs * n + threadIdx.x; i < values; i += blockDim.x)
      to[i] = element_of<T>(f(row < 0 ? std::uint8_t{0} : from[i]));
  }
  /// The image becomes NaN.
  __device__ void spoil(std::int64_t k) const {
    map(k, -1, [](std::uint8_t) { return __builtin_nanf(""); });
  }
};

template <class T>
struct Scale {
  Images<T> images;
  __device__ void operator()(std::int64_t k) const {
    const std::int64_t row = images.rows[k];
    if (row < 0) return images.spoil(k);
    images.map(k, row, [](std::uint8_t byte) { return scaled_byte(byte); });
  }
};

template <class T>
struct Standardise {
  Images<T> images;
  __device__ void operator()(std::int64_t k) const {
    const std::int64_t row = images.rows[k], values = images.values;
    if (row < 0) return images.spoil(k);
    const std::uint8_t* from = images.bytes + row * values;
    unsigned long long sum = 0, squares = 0;  // of integers: in any order
    for (std::int64_t i = threadIdx.x; i < values; i += blockDim.x) {
      const std::uint32_t byte = from[i];
      sum += byte;
      squares += byte * byte;
    }
    sum = block_sum(sum);
    squares = block_sum(squares);
    const ByteMap map = byte_map(sum, squares, values);
    images.map(k, row, [&](std::uint8_t byte) { return mapped_byte(map, byte); });
  }
};

/// The operations of augment.h, with the same bits: pixel by pixel where they are, and in the same partial sums where
/// they add.
template <class T>
struct Augment {
  static constexpr unsigned threads = 512;
  Images<T> images;
  int height, width;
  Divisor width_of;
  Stream stream;
  bool flip;
  float* between;  // room for the images between their passes; null: the block's own memory is enough

  /// The value of channel c at pixel (y, x) of the crop.
  __device__ static float cropped(const std::uint8_t* image, int height, int width, const AugmentDraws& draws, int y,
                                  int x, int c) {
    const int from_y = y + draws.top - augment_pad;
    const int from_x = (draws.flip ? width - 1 - x : x) + draws.left - augment_pad;
    if (from_y < 0 || from_y >= height || from_x < 0 || from_x >= width) return 0.f;
    return image[(std::int64_t{from_y} * width + from_x) * 3 + c];
  }

  /// Partial sum `part` of x - shift or its square, as moments_around() has it. x goes on by three floats. Only the
  /// additions wait for each other; the terms of the next few are computed beside.
  template <bool squares>
  __device__ static double partial_moment(const float* x, int pixels, int part, double shift) {
    constexpr int ahead = 8;
    const auto term = [&](int i) {
      const double deviation = x[3 * i] - shift;
      return squares ? deviation * deviation : deviation;
    };
    const int whole = pixels - pixels % moment_parts;
    double sum = 0.;
    int i = part;
    for (; i + (ahead - 1) * moment_parts < whole; i += ahead * moment_parts) {
      double terms[ahead];
      DEEPOBS_UNROLL
      for (int k = 0; k < ahead; ++k) terms[k] = term(i + k * moment_parts);
      DEEPOBS_UNROLL
      for (int k = 0; k < ahead; ++k) sum += terms[k];
    }
    for (; i < whole; i += moment_parts) sum += term(i);
    if (part == 0)
      for (int rest = whole; rest < pixels; ++rest) sum += term(rest);
    return sum;
  }

  /// Sums of x - shift, or of its square, of the three channels, in all threads.
  template <bool squares>
  __device__ static void moments(const float* x, int pixels, const double (&shift)[3], double (&total)[3]) {
    __shared__ double parts[3][moment_parts];
    __syncthreads();  // x is complete
    if (const int t = static_cast<int>(threadIdx.x); t < 3 * moment_parts)
      parts[t / moment_parts][t % moment_parts] =
          partial_moment<squares>(x + t / moment_parts, pixels, t % moment_parts, shift[t / moment_parts]);
    __syncthreads();
    for (int c = 0; c < 3; ++c) {
      total[c] = 0.;
      for (int part = 0; part < moment_parts; ++part) total[c] += parts[c][part];
    }
  }

  /// y of n pixels from `first` on, which are three packs of n elements.
  template <int n>
  __device__ static void write(const float* x, std::int64_t first, const ContrastMap& map, T* y) {
    DEEPOBS_UNROLL
    for (int p = 0; p < 3; ++p) {
      const auto from = Pack<float, n>::load(x + 3 * first + p * n);
      Pack<T, n> to;
      DEEPOBS_UNROLL
      for (int e = 0; e < n; ++e) {
        const int c = (p * n + e) % 3;
        to.at[e] = element_of<T>((from.at[e] - map.centre[c] - map.rest[c]) * map.gain + map.offset[c]);
      }
      to.store(y + 3 * first + p * n);
    }
  }

  __device__ static void write_one(const float* x, int i, const ContrastMap& map, T* y) {
    for (int c = 0; c < 3; ++c)
      y[3 * i + c] = element_of<T>((x[3 * i + c] - map.centre[c] - map.rest[c]) * map.gain + map.offset[c]);
  }

  __device__ void operator()(std::int64_t k) const {
    DEEPOBS_SHARED_MEMORY(float4, room);
    const std::int64_t row = images.rows[k], values = images.values;
    if (row < 0) return images.spoil(k);
    const int pixels = height * width;
    const StepBlock& step = *images.rows.step;
    const AugmentDraws draws = draw_augmentation(step.seed, stream, static_cast<std::uint64_t>(step.step),
                                                 static_cast<std::uint32_t>(k), flip);
    const std::uint8_t* from = images.bytes + row * values;
    float* x = between ? between + k * values : reinterpret_cast<float*>(room);  // [pixels, 3]
    for (int i = static_cast<int>(threadIdx.x); i < pixels; i += static_cast<int>(blockDim.x)) {
      const auto [pixel_y, pixel_x] = width_of.of(static_cast<std::uint32_t>(i));
      float colour[3];
      for (int c = 0; c < 3; ++c)
        colour[c] = cropped(from, height, width, draws, static_cast<int>(pixel_y), static_cast<int>(pixel_x), c);
      change_colour(colour[0], colour[1], colour[2], draws);
      for (int c = 0; c < 3; ++c) x[3 * i + c] = colour[c];
    }
    double mean[3] = {}, squares[3];
    moments<false>(x, pixels, {0., 0., 0.}, mean);
    for (double& sum : mean) sum /= static_cast<double>(pixels);
    moments<true>(x, pixels, mean, squares);
    const ContrastMap map = contrast_map(mean, squares, pixels, draws.contrast);
    constexpr int n = pack_width<T>;
    T* y = images.y + k * values;
    const int packed = images.packed && (between == nullptr || values % 4 == 0) ? pixels / n : 0;
    for (int group = static_cast<int>(threadIdx.x); group < packed; group += static_cast<int>(blockDim.x))
      write<n>(x, std::int64_t{group} * n, map, y);
    for (int i = packed * n + static_cast<int>(threadIdx.x); i < pixels; i += static_cast<int>(blockDim.x))
      write_one(x, i, map, y);
  }
};

std::int64_t bytes_as_floats(const Shape& shape) {
  return shape[1] * shape[2] * shape[3] * static_cast<std::int64_t>(sizeof(float));
}
bool fits_a_block(const Shape& shape) { return bytes_as_floats(shape) <= most_shared; }

}  // namespace

DEEPOBS_CUDA_PREPARE(gather_images) {
  auto prepared = std::make_unique<CudaPrepared>();
  const auto& how = call.as<GatherImages>();
  const Shape& shape = call.out[0].shape;
  if (how.preprocess == Preprocess::augment && !fits_a_block(shape))
    prepared->scratch_bytes = how.batch * bytes_as_floats(shape);
  return prepared.release();
}

DEEPOBS_CUDA_BODY(gather_images) {
  const auto& how = call.as<GatherImages>();
  const auto& shape = call.out[0].shape;
  const std::int64_t values = shape[1] * shape[2] * shape[3];
  with_elements(call.out[0], [&]<class T>(T* y) {
    const std::uint8_t* bytes = call.in[0].u8();
    const bool packed = values % pack_width<T> == 0 && may_be_packed(bytes) && may_be_packed(y);
    const Images<T> images{BatchRows(call, how.batch), bytes, y, values, packed};
    if (how.preprocess == Preprocess::scale) return for_each_block(queue, {.blocks = how.batch}, Scale<T>{images});
    if (how.preprocess == Preprocess::standardise)
      return for_each_block(queue, {.blocks = how.batch}, Standardise<T>{images});
    const bool fits = fits_a_block(shape);
    for_each_block(queue,
                   {.blocks = how.batch,
                    .threads = Augment<T>::threads,
                    .shared = fits ? static_cast<unsigned>(bytes_as_floats(shape)) : 0u},
                   Augment<T>{images, static_cast<int>(shape[1]), static_cast<int>(shape[2]),
                              Divisor(static_cast<std::uint32_t>(shape[2])), how.stream, how.flip,
                              fits ? nullptr : static_cast<float*>(queue.scratch)});
  });
}

}  // namespace deepobs
