#pragma once

#include "engine/tensor/host_device.h"

namespace deepobs {

// Which pixels a window sees, and which windows see a pixel, along one direction. For all devices; internal linkage:
// see cpu_body.h.

DEEPOBS_HOST_DEVICE static inline int smaller(int a, int b) { return a < b ? a : b; }

struct IntRange {
  int begin, end;
};

/// The kernel's rows (or columns) that lie on the image when the window begins at `start`, which may be negative.
DEEPOBS_HOST_DEVICE static inline IntRange seen_by_window(int start, int kernel, int input) {
  return {start < 0 ? -start : 0, smaller(kernel, input - start)};
}

/// The windows, along one direction, that see the pixel at `position`. Empty when the stride jumps over it.
DEEPOBS_HOST_DEVICE static inline IntRange windows_that_see(int position, int before, int kernel, int stride,
                                                            int output) {
  const int behind = position + before - kernel;  // the last start that is too early
  const int begin = behind < 0 ? 0 : behind / stride + 1;
  const int end = (position + before) / stride + 1;
  return {begin, smaller(end, output)};
}

}  // namespace deepobs
