#include <memory>

#include "kernels/augment.h"
#include "kernels/cuda/floats.h"
#include "kernels/cuda/loops.h"
#include "kernels/cuda/reduce.h"
#include "kernels/cuda/rows.h"
#include "kernels/gather_images_attributes.h"
#include "kernels/image_bytes.h"

namespace deepobs {
namespace {

constexpr std::int64_t most_shared = 40 * 1024;  // bytes that every GPU gives a block without being asked

struct Images {
  BatchRows rows;
  const std::uint8_t* bytes;
  Floats y;
  std::int64_t height, width, values;

  /// One image becomes NaN, by the whole block.
  __device__ void spoil(std::int64_t k) const {
    for (std::int64_t i = threadIdx.x; i < values; i += blockDim.x) y.set(k * values + i, __builtin_nanf(""));
  }
};

struct Scale {
  Images images;
  __device__ void operator()(std::int64_t i) const {
    const auto [k, value] = divided(i, images.values);
    const std::int64_t row = images.rows[k];
    images.y.set(i, row < 0 ? __builtin_nanf("") : scaled_byte(images.bytes[row * images.values + value]));
  }
};

struct Standardise {
  Images images;
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
    for (std::int64_t i = threadIdx.x; i < values; i += blockDim.x)
      images.y.set(k * values + i, mapped_byte(map, from[i]));
  }
};

/// The operations of augment.h, with the same bits: pixel by pixel where they are, and in the same partial sums where
/// they add.
struct Augment {
  Images images;
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

  /// Partial sum `part` of x - shift or its square, as moments_around() has it. x goes on by three floats.
  __device__ static double partial_moment(const float* x, std::int64_t pixels, int part, double shift, bool squares) {
    double sum = 0.;
    const auto add = [&](std::int64_t i) {
      const double deviation = x[3 * i] - shift;
      sum += squares ? deviation * deviation : deviation;
    };
    const std::int64_t whole = pixels - pixels % moment_parts;
    for (std::int64_t i = part; i < whole; i += moment_parts) add(i);
    if (part == 0)
      for (std::int64_t i = whole; i < pixels; ++i) add(i);
    return sum;
  }

  __device__ void operator()(std::int64_t k) const {
    DEEPOBS_SHARED_MEMORY(float, room);
    __shared__ double parts[3][moment_parts];
    const std::int64_t row = images.rows[k], values = images.values, pixels = values / 3;
    if (row < 0) return images.spoil(k);
    const int height = static_cast<int>(images.height), width = static_cast<int>(images.width);
    const StepBlock& step = *images.rows.step;
    const AugmentDraws draws = draw_augmentation(step.seed, stream, static_cast<std::uint64_t>(step.step),
                                                 static_cast<std::uint32_t>(k), flip);
    const std::uint8_t* from = images.bytes + row * values;
    float* x = between ? between + k * values : room;  // [pixels, 3]
    for (std::int64_t i = threadIdx.x; i < pixels; i += blockDim.x) {
      float colour[3];
      for (int c = 0; c < 3; ++c)
        colour[c] = cropped(from, height, width, draws, static_cast<int>(i / width), static_cast<int>(i % width), c);
      change_colour(colour[0], colour[1], colour[2], draws);
      for (int c = 0; c < 3; ++c) x[3 * i + c] = colour[c];
    }
    double mean[3] = {}, squares[3] = {};
    for (int pass = 0; pass < 2; ++pass) {
      __syncthreads();  // the image is complete; the last sums were read
      if (const int t = static_cast<int>(threadIdx.x); t < 3 * moment_parts)
        parts[t / moment_parts][t % moment_parts] =
            partial_moment(x + t / moment_parts, pixels, t % moment_parts, mean[t / moment_parts], pass == 1);
      __syncthreads();
      for (int c = 0; c < 3; ++c) {
        double total = 0.;
        for (int part = 0; part < moment_parts; ++part) total += parts[c][part];
        if (pass == 0)
          mean[c] = total / static_cast<double>(pixels);
        else
          squares[c] = total;
      }
    }
    const ContrastMap map = contrast_map(mean, squares, pixels, draws.contrast);
    for (std::int64_t i = threadIdx.x; i < pixels; i += blockDim.x)
      for (int c = 0; c < 3; ++c)
        images.y.set(k * values + 3 * i + c, (x[3 * i + c] - map.centre[c] - map.rest[c]) * map.gain + map.offset[c]);
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
  const Images images{BatchRows(call, how.batch),    call.in[0].u8(), call.out[0], shape[1], shape[2],
                      shape[1] * shape[2] * shape[3]};
  if (how.preprocess == Preprocess::scale) return for_each_element(queue, how.batch * images.values, Scale{images});
  if (how.preprocess == Preprocess::standardise)
    return for_each_block(queue, {.blocks = how.batch}, Standardise{images});
  const bool fits = fits_a_block(shape);
  for_each_block(queue, {.blocks = how.batch, .shared = fits ? static_cast<unsigned>(bytes_as_floats(shape)) : 0u},
                 Augment{images, how.stream, how.flip, fits ? nullptr : static_cast<float*>(queue.scratch)});
}

}  // namespace deepobs
