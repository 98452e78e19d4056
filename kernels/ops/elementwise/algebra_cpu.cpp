#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/ops/elementwise/algebra_attributes.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

/// y = combine(a, b), where b is as long as a, one number, or a row of a.
template <class Combine>
void binary(const Call& call, Combine combine) {
  const float* a = call.in[0].f32();
  const float* b = call.in[1].f32();
  float* y = call.out[0].f32();
  const std::int64_t count = call.out[0].elements();
  const std::int64_t width = call.in[1].elements();
  if (width == count) {
    for_each_element(call, count, [=](std::int64_t i) { y[i] = combine(a[i], b[i]); });
  } else if (width == 1) {
    const float one = b[0];
    for_each_element(call, count, [=](std::int64_t i) { y[i] = combine(a[i], one); });
  } else {
    for_each_row(call, count / width, width, [=](std::int64_t r) {
      const float* row_a = a + r * width;
      float* row_y = y + r * width;
      for (std::int64_t c = 0; c < width; ++c) row_y[c] = combine(row_a[c], b[c]);
    });
  }
}

}  // namespace

void add(const Call& call) {
  binary(call, [](float a, float b) { return a + b; });
}

void subtract(const Call& call) {
  binary(call, [](float a, float b) { return a - b; });
}

void multiply(const Call& call) {
  binary(call, [](float a, float b) { return a * b; });
}

void divide(const Call& call) {
  binary(call, [](float a, float b) { return a / b; });
}

void maximum(const Call& call) {
  binary(call, [](float a, float b) { return a >= b || a != a ? a : b; });
}

void minimum(const Call& call) {
  binary(call, [](float a, float b) { return a <= b || a != a ? a : b; });
}

void greater(const Call& call) {
  binary(call, [](float a, float b) { return a > b ? 1.f : 0.f; });
}

void scale(const Call& call) {
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  const float factor = call.as<AlgebraFactor>().factor;
  for_each_element(call, call.out[0].elements(), [=](std::int64_t i) { y[i] = factor * x[i]; });
}

void sum_of(const Call& call) {
  float* y = call.out[0].f32();
  const float* first = call.in[0].f32();
  const auto terms = static_cast<std::int64_t>(call.in.size());
  // Piece by piece through all terms, so that the running sum stays in the cache. y may lie on the first term.
  for_each_range(call, call.out[0].elements(), terms, [&](std::int64_t begin, std::int64_t end) {
    if (y != first)
      for (std::int64_t i = begin; i < end; ++i) y[i] = first[i];
    for (std::int64_t t = 1; t < terms; ++t) {
      const float* term = call.in[static_cast<std::size_t>(t)].f32();
      for (std::int64_t i = begin; i < end; ++i) y[i] += term[i];
    }
  });
}

void copy(const Call& call) {
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  for_each_element(call, call.out[0].elements(), [=](std::int64_t i) { y[i] = x[i]; });
}

void constant(const Call& call) {
  float* y = call.out[0].f32();
  const float value = call.as<AlgebraFactor>().factor;
  for_each_element(call, call.out[0].elements(), [=](std::int64_t i) { y[i] = value; });
}

void identity(const Call& call) {
  float* y = call.out[0].f32();
  const float value = call.as<AlgebraFactor>().factor;
  const std::int64_t extent = call.out[0].shape[0];
  for_each_row(call, extent, extent, [=](std::int64_t r) {
    for (std::int64_t c = 0; c < extent; ++c) y[r * extent + c] = c == r ? value : 0.f;
  });
}

}  // namespace deepobs::DEEPOBS_ISA
