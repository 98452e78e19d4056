#pragma once

#include <concepts>
#include <type_traits>

#include "kernels/cuda/divisor.h"
#include "kernels/cuda/loops.h"
#include "kernels/cuda/product/pack.h"

namespace deepobs {

// Element-wise passes by packs of 16 bytes. For files that are compiled as CUDA.

template <class T, class F, class... X>
__global__ static void pack_kernel(std::int64_t count, F f, T* y, const X*... x) {
  constexpr int n = pack_width<T>;
  const std::int64_t i = (static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) * n;
  if (i + n <= count) {
    Pack<T, n> result;
    const auto all = [&](const auto&... pack) {
      DEEPOBS_UNROLL
      for (int k = 0; k < n; ++k) result.at[k] = element_of<T>(f(f32_of(pack.at[k])...));
    };
    all(Pack<X, n>::load(x + i)...);
    result.store(y + i);
  } else {
    for (std::int64_t k = i; k < count; ++k) y[k] = element_of<T>(f(f32_of(x[k])...));
  }
}

template <class F, class... X>
__global__ static void map_kernel(std::int64_t count, F f, Floats y, X... x) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < count) y.set(i, f(x[i]...));
}

/// y[i] = f(x[i]...) for every i in [0, count), in float32; y may be one of the x. A thread takes a pack where all x
/// are of one type and all begin at whole packs; else an element.
template <class F, std::same_as<Floats>... X>
void map_elements(const CudaQueue& queue, std::int64_t count, const Floats& y, const F& f, const X&... x) {
  const auto all_are = [&]([[maybe_unused]] Type type) { return ((x.type() == type) && ...); };
  if (may_be_packed(y) && (may_be_packed(x) && ...) && (all_are(Type::f32) || all_are(Type::bf16)))
    return with_elements(y, [&]<class T>(T* to) {
      const auto run = [&](const auto*... from) {
        launch(queue, {.blocks = blocks_of(blocks_of(count, pack_width<T>), loop_threads)},
               pack_kernel<T, F, std::remove_cvref_t<decltype(*from)>...>, count, f, to, from...);
      };
      if (all_are(Type::f32))
        run(static_cast<const float*>(x.data())...);
      else
        run(static_cast<const Bf16*>(x.data())...);
    });
  launch(queue, {.blocks = blocks_of(count, loop_threads)}, map_kernel<F, X...>, count, f, y, x...);
}

template <class F, class T, class U>
__global__ static void packs_of_rows_kernel(std::int64_t packs, Divisor packs_of_row, F f, U* y, const T* x,
                                            const float* row) {
  constexpr int n = pack_width<U>;
  const std::int64_t pack = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (pack >= packs) return;
  const auto from = Pack<T, n>::load(x + pack * n);
  const auto with = Pack<float, n>::load(row + packs_of_row.of(static_cast<std::uint32_t>(pack)).rest * n);
  Pack<U, n> result;
  DEEPOBS_UNROLL
  for (int k = 0; k < n; ++k) result.at[k] = element_of<U>(f(f32_of(from.at[k]), with.at[k]));
  result.store(y + pack * n);
}

template <class F>
__global__ static void rows_kernel(std::int64_t count, std::int64_t width, F f, Floats y, Floats x, Floats row) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < count) y.set(i, f(x[i], row[remainder_of(i, width)]));
}

/// y[i] = f(x[i], row[i % width]) for every i in [0, count), a whole number of rows; y may be x. By packs where the row
/// is float32 and a whole number of them.
template <class F>
void map_rows(const CudaQueue& queue, std::int64_t count, std::int64_t width, const Floats& y, const F& f,
              const Floats& x, const Floats& row) {
  const bool packs = may_be_packed(y) && may_be_packed(x) && may_be_packed(row) && row.type() == Type::f32;
  with_elements(y, [&]<class U>(U* to) {
    constexpr int n = pack_width<U>;
    if (packs && width % n == 0 && count / n < std::int64_t{1} << 31 && width > 0)
      return with_elements(x, [&]<class T>(const T* from) {
        launch(queue, {.blocks = blocks_of(count / n, loop_threads)}, packs_of_rows_kernel<F, T, U>, count / n,
               Divisor(static_cast<std::uint32_t>(width / n)), f, to, from, static_cast<const float*>(row.data()));
      });
    launch(queue, {.blocks = blocks_of(count, loop_threads)}, rows_kernel<F>, count, width, f, y, x, row);
  });
}

}  // namespace deepobs
