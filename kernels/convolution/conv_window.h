#pragma once

#include <cstdint>

namespace deepobs::DEEPOBS_ISA {

/// Windows on images: a grid of rows x columns windows per image, each taps_h x taps_w pixels. In NHWC a row of a
/// window is one run of taps_w * channels floats of the image, so a window is taps_h runs. Pixels outside the image are
/// 0.
struct Windows {
  const float* images;  ///< [any number, height, width, channels]
  std::int64_t height, width, channels;
  std::int64_t rows, columns;     ///< windows per image
  std::int64_t taps_h, taps_w;    ///< >= 1, or the window is empty
  std::int64_t step_h, step_w;    ///< from one window to the next, in pixels
  std::int64_t first_y, first_x;  ///< where the first window begins; may lie outside the image
};

/// Floats behind each row that copy_windows() may overwrite.
constexpr std::int64_t window_slack = 16;

/// Copies terms [first, first + count) of windows [window, window + windows), counted over all images, to rows `stride`
/// floats apart, stride >= count + window_slack.
void copy_windows(const Windows& from, std::int64_t window, std::int64_t windows, std::int64_t first,
                  std::int64_t count, float* to, std::int64_t stride);

}  // namespace deepobs::DEEPOBS_ISA
