#pragma once

#include <cmath>
#include <cstdint>

#include "engine/tensor/random.h"

namespace deepobs {

// The training augmentation of DeepOBS's CIFAR and SVHN pipelines, for one image and given draws. Pixels are floats in
// 0 ... 255 and are never clipped. In this order: pad with two zeros on each side, crop to the old size, flip,
// brightness, saturation, contrast, standardise. Source: DeepOBS 1.1, data sets cifar10, cifar100 and svhn; the colour
// operations as tf.image.{adjust_saturation, adjust_contrast, per_image_standardization} define them.
//
// Between its three passes an image lies in planes [3, H, W]. Internal linkage: compiled for every instruction set.

constexpr int augment_pad = 2;

/// The random numbers of one image, one for each operation.
struct AugmentDraws {
  int top = augment_pad, left = augment_pad;  ///< corner of the crop in the padded image, 0 ... 4
  bool flip = false;                          ///< left and right are exchanged
  float brightness = 0.f;                     ///< added, in [-63/255, 63/255)
  float saturation = 1.f;                     ///< factor, in [0.5, 1.5)
  float contrast = 1.f;                       ///< factor, in [0.2, 1.8)
};

/// The draws that belong to an image's place: a pure function of seed, stream, step and position in the batch.
/// `may_flip` false leaves the others as they are.
DEEPOBS_HOST_DEVICE static inline AugmentDraws draw_augmentation(std::uint64_t seed, Stream stream, std::uint64_t step,
                                                                 std::uint32_t position, bool may_flip) {
  const RandomWords geometry = random_words(seed, stream, 0, step, position);
  const RandomWords colour = random_words(seed, stream, 1, step, position);
  // The high half of word * 5: each offset comes from 2^32 / 5 words, rounded up or down.
  const auto offset = [](std::uint32_t word) {
    return static_cast<int>((std::uint64_t{word} * (2 * augment_pad + 1)) >> 32);
  };
  const auto between = [](float low, float high, std::uint32_t word) { return low + (high - low) * uniform(word); };
  return {offset(geometry[0]),
          offset(geometry[1]),
          may_flip && (geometry[2] >> 31) != 0,
          between(-63.f / 255.f, 63.f / 255.f, colour[0]),
          between(0.5f, 1.5f, colour[1]),
          between(0.2f, 1.8f, colour[2])};
}

/// Bytes [H, W, 3] to planes: the padded image's crop, perhaps flipped.
static inline void crop_and_flip(const std::uint8_t* image, int height, int width, const AugmentDraws& draws,
                                 float* planes) {
  const std::int64_t pixels = std::int64_t{height} * width;
  const int shift_y = draws.top - augment_pad, shift_x = draws.left - augment_pad;
  // The crop's columns that come from the image; the others come from the padding.
  const int begin = shift_x < 0 ? (-shift_x < width ? -shift_x : width) : 0;
  const int beyond = width - shift_x;
  const int end = beyond < width ? (beyond > begin ? beyond : begin) : width;
  for (int y = 0; y < height; ++y) {
    const int from_y = y + shift_y;
    const bool inside = from_y >= 0 && from_y < height;
    const int first = inside ? begin : width, last = inside ? end : width;
    float* __restrict red = planes + std::int64_t{y} * width;
    float* __restrict green = red + pixels;
    float* __restrict blue = green + pixels;
    const auto clear = [=](int from, int to) {
      for (int x = from; x < to; ++x) red[x] = green[x] = blue[x] = 0.f;
    };
    // The byte of the crop's column 0, which may be outside: so an index, no pointer.
    const std::int64_t from = (std::int64_t{from_y} * width + shift_x) * 3;
    if (draws.flip) {
      clear(0, width - last);
      for (int x = first; x < last; ++x) {
        red[width - 1 - x] = image[from + 3 * x];
        green[width - 1 - x] = image[from + 3 * x + 1];
        blue[width - 1 - x] = image[from + 3 * x + 2];
      }
      clear(width - first, width);
    } else {
      clear(0, first);
      for (int x = first; x < last; ++x) {
        red[x] = image[from + 3 * x];
        green[x] = image[from + 3 * x + 1];
        blue[x] = image[from + 3 * x + 2];
      }
      clear(last, width);
    }
  }
}

/// Brightness and saturation of a pixel. With V the largest and m the smallest component, the
/// saturation is S = (V - m) / V, its new value min(1, S f), and a component p becomes V - (V - p) min(1, S f) / S,
/// that is V - (V - p) min(f, V / (V - m)): one quotient for each pixel, and no branch. Grey pixels, and V <= 0, stay.
DEEPOBS_HOST_DEVICE static inline void change_colour(float& red, float& green, float& blue, const AugmentDraws& draws) {
  const float r = red + draws.brightness, g = green + draws.brightness, b = blue + draws.brightness;
  const float rg_max = r > g ? r : g, rg_min = r > g ? g : r;
  const float value = rg_max > b ? rg_max : b;
  const float spread = value - (rg_min < b ? rg_min : b);
  const float limit = value / spread;
  const float factor = limit < draws.saturation ? limit : draws.saturation;
  const float ratio = ((value > 0.f) & (spread > 0.f)) ? factor : 1.f;
  red = value - (value - r) * ratio;
  green = value - (value - g) * ratio;
  blue = value - (value - b) * ratio;
}

/// The same of planes of `pixels`, in place.
static inline void change_colours(float* planes, std::int64_t pixels, const AugmentDraws& draws) {
  float* red = planes;
  float* green = planes + pixels;
  float* blue = planes + 2 * pixels;
  for (std::int64_t i = 0; i < pixels; ++i) change_colour(red[i], green[i], blue[i], draws);
}

/// Partial sums of a channel, which go on by so many pixels each; a GPU adds in the same order.
constexpr int moment_parts = 8;

/// Sums of x - shift and of its square, in double: partial sums of each, side by side, then added in order.
struct Moments {
  double sum, squares;
};
static inline Moments moments_around(const float* x, std::int64_t count, double shift) {
  constexpr int parts = moment_parts;
  double sum[parts] = {}, squares[parts] = {};
  const std::int64_t whole = count - count % parts;
  for (std::int64_t i = 0; i < whole; i += parts) {
#pragma GCC unroll 8
    for (int k = 0; k < parts; ++k) {
      const double deviation = x[i + k] - shift;
      sum[k] += deviation;
      squares[k] += deviation * deviation;
    }
  }
  for (std::int64_t i = whole; i < count; ++i) {
    const double deviation = x[i] - shift;
    sum[0] += deviation;
    squares[0] += deviation * deviation;
  }
  Moments total{0., 0.};
  for (int k = 0; k < parts; ++k) {
    total.sum += sum[k];
    total.squares += squares[k];
  }
  return total;
}

/// Contrast and standardisation of one image, in one map of each channel: x -> (x - centre - rest) gain + offset.
struct ContrastMap {
  float gain;
  float centre[3], rest[3], offset[3];  // centre + rest is the mean to double precision: no error where x is near it
};

/// Contrast goes around each channel's mean; standardisation around the mean of all, by the population's deviation or
/// 1 / sqrt(values), whichever is larger. So the map is known from each channel's mean, and sum of squares around it,
/// before contrast.
DEEPOBS_HOST_DEVICE static inline ContrastMap contrast_map(const double (&mean)[3], const double (&squares)[3],
                                                           std::int64_t pixels, float contrast) {
  double overall = 0., variance = 0.;
  for (int c = 0; c < 3; ++c) {
    overall += mean[c] / 3.;
    variance += squares[c] / static_cast<double>(3 * pixels);
  }
  variance *= static_cast<double>(contrast) * contrast;
  for (int c = 0; c < 3; ++c) variance += (mean[c] - overall) * (mean[c] - overall) / 3.;
  const double least = 1. / std::sqrt(static_cast<double>(3 * pixels));
  const double deviation = std::sqrt(variance);
  const double scale = 1. / (deviation > least ? deviation : least);

  ContrastMap map{static_cast<float>(contrast * scale), {}, {}, {}};
  for (int c = 0; c < 3; ++c) {
    map.centre[c] = static_cast<float>(mean[c]);
    map.rest[c] = static_cast<float>(mean[c] - map.centre[c]);
    map.offset[c] = static_cast<float>((mean[c] - overall) * scale);
  }
  return map;
}

/// The map of planes, whose statistics are two-pass, to y [H, W, 3].
static inline void contrast_and_standardise(const float* planes, std::int64_t pixels, float contrast, float* y) {
  double mean[3], squares[3];
  for (int c = 0; c < 3; ++c) {
    const float* plane = planes + c * pixels;
    mean[c] = moments_around(plane, pixels, 0.).sum / static_cast<double>(pixels);
    squares[c] = moments_around(plane, pixels, mean[c]).squares;
  }
  const auto [gain, centre, rest, offset] = contrast_map(mean, squares, pixels, contrast);
  for (std::int64_t i = 0; i < pixels; ++i) {
    y[3 * i] = (planes[i] - centre[0] - rest[0]) * gain + offset[0];
    y[3 * i + 1] = (planes[pixels + i] - centre[1] - rest[1]) * gain + offset[1];
    y[3 * i + 2] = (planes[2 * pixels + i] - centre[2] - rest[2]) * gain + offset[2];
  }
}

/// All operations: bytes [H, W, 3] to y [H, W, 3]; `planes` is room for 3 H W floats.
static inline void augment(const std::uint8_t* image, int height, int width, const AugmentDraws& draws, float* planes,
                           float* y) {
  const std::int64_t pixels = std::int64_t{height} * width;
  crop_and_flip(image, height, width, draws, planes);
  change_colours(planes, pixels, draws);
  contrast_and_standardise(planes, pixels, draws.contrast, y);
}

}  // namespace deepobs
