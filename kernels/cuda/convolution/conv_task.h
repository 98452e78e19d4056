#pragma once

#include <cstdint>
#include <string>

#include "engine/tensor/precision.h"
#include "kernels/cuda/convolution/conv.h"

namespace deepobs {

/// One convolution that a GPU is to compute.
struct ConvTask {
  ConvGeometry geometry;
  ConvDirection direction;
  Type type;  ///< of the images
  FilterOrder order;
  Precision precision;

  Type filter_type() const { return order == FilterOrder::krsc ? type : Type::f32; }
  std::int64_t x_elements() const { return geometry.n * geometry.h * geometry.w * geometry.c_in; }
  std::int64_t y_elements() const { return geometry.out_pixels() * geometry.c_out; }
  std::int64_t w_elements() const { return geometry.window() * geometry.c_out; }
};

const char* name_of(ConvDirection direction);

/// What the choice of its algorithm depends on.
std::string described(const ConvTask& task);

/// The operands and the result by their places in the convolution, whatever the direction.
struct ConvMemory {
  void *x, *w, *y;
};

/// Memory is given out in pieces of this many bytes.
constexpr std::int64_t conv_alignment = 256;
inline std::int64_t aligned(std::int64_t bytes) {
  return (bytes + conv_alignment - 1) / conv_alignment * conv_alignment;
}

}  // namespace deepobs
