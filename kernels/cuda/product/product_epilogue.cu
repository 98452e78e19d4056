#include "engine/base/check.h"
#include "kernels/cuda/loops.h"
#include "kernels/cuda/product/product_epilogue.h"

namespace deepobs {
namespace {

/// What happens to a sum on its way into c.
struct Epilogue {
  Epilogue(const GpuProduct& p, const GpuProductMemory& memory)
      : n(p.n),
        c(memory.c, p.result),
        bias(const_cast<void*>(memory.bias), p.result),
        gate(const_cast<void*>(memory.gate), p.gating),
        has_bias(p.bias),
        relu(p.relu),
        has_gate(p.gate) {}

  std::int64_t n;
  Floats c, bias, gate;
  bool has_bias, relu, has_gate;

  __device__ void operator()(std::int64_t i, double sum) const {
    if (has_bias) sum += static_cast<double>(bias[remainder_of(i, n)]);
    auto value = static_cast<float>(sum);
    if (relu && value < 0.f) value = 0.f;         // a NaN stays one
    if (has_gate && gate[i] <= 0.f) value = 0.f;  // and lets pass
    c.set(i, value);
  }
};

template <int parts>
struct SumOfParts {
  const float* partial;
  std::int64_t elements;

  __device__ double operator()(std::int64_t i) const {
    float each[parts];  // all are on their way before the first is added
    for (int p = 0; p < parts; ++p) each[p] = partial[p * elements + i];
    double sum = static_cast<double>(each[0]);
    for (int p = 1; p < parts; ++p) sum += static_cast<double>(each[p]);
    return sum;
  }
};

struct SumOfNothing {
  __device__ double operator()(std::int64_t) const { return 0.; }
};

struct SumInPlace {
  Floats c;
  __device__ double operator()(std::int64_t i) const { return static_cast<double>(c[i]); }
};

template <class Sum>
void finish(const CudaQueue& queue, const GpuProduct& product, const Epilogue& epilogue, const Sum& sum) {
  for_each_element(queue, product.m * product.n, [=] __device__(std::int64_t i) { epilogue(i, sum(i)); });
}

constexpr int edge = 16;  // of a tile of c; a block has a thread for each element

struct ProductTile {
  Floats a, b;
  std::int64_t m, n, k, tiles_in_row;
  bool a_transposed, b_transposed;
  Epilogue epilogue;

  __device__ float of_a(std::int64_t row, std::int64_t p) const {
    return row < m && p < k ? a[a_transposed ? p * m + row : row * k + p] : 0.f;
  }
  __device__ float of_b(std::int64_t p, std::int64_t column) const {
    return column < n && p < k ? b[b_transposed ? column * k + p : p * n + column] : 0.f;
  }

  __device__ void operator()(std::int64_t block) const {
    __shared__ float left[edge][edge + 1], right[edge][edge + 1];  // [row, p], [p, column]
    const int x = static_cast<int>(threadIdx.x) % edge, y = static_cast<int>(threadIdx.x) / edge;
    const std::int64_t row = block / tiles_in_row * edge, column = block % tiles_in_row * edge;
    double sum = 0.;
    for (std::int64_t p = 0; p < k; p += edge) {
      __syncthreads();  // the last terms may still be read
      // Neighbouring threads read neighbours in memory.
      if (a_transposed)
        left[x][y] = of_a(row + x, p + y);
      else
        left[y][x] = of_a(row + y, p + x);
      if (b_transposed)
        right[x][y] = of_b(p + x, column + y);
      else
        right[y][x] = of_b(p + y, column + x);
      __syncthreads();
      for (int q = 0; q < edge; ++q) sum += static_cast<double>(left[y][q]) * static_cast<double>(right[q][x]);
    }
    if (row + y < m && column + x < n) epilogue((row + y) * n + column + x, sum);
  }
};

}  // namespace

void finish_product(const CudaQueue& queue, const GpuProduct& product, const GpuProductMemory& memory,
                    const float* partial, int parts) {
  const Epilogue epilogue(product, memory);
  const std::int64_t elements = product.m * product.n;
  switch (parts) {
    case 0:
      return finish(queue, product, epilogue, SumOfNothing{});
    case 1:
      return finish(queue, product, epilogue, SumOfParts<1>{partial, elements});
    case 2:
      return finish(queue, product, epilogue, SumOfParts<2>{partial, elements});
    case 4:
      return finish(queue, product, epilogue, SumOfParts<4>{partial, elements});
    case 8:
      return finish(queue, product, epilogue, SumOfParts<8>{partial, elements});
    case most_product_parts:
      return finish(queue, product, epilogue, SumOfParts<most_product_parts>{partial, elements});
    default:
      fail(Fault::internal, "a product in ", parts, " parts");
  }
}

void finish_product_in_place(const CudaQueue& queue, const GpuProduct& product, const GpuProductMemory& memory,
                             bool relu) {
  if (!relu && !product.gate) return;
  GpuProduct rest = product;
  rest.bias = false;
  rest.relu = relu;
  const Epilogue epilogue(rest, memory);
  finish(queue, product, epilogue, SumInPlace{epilogue.c});
}

void multiply_in_loop(const CudaQueue& queue, const GpuProduct& product, const GpuProductMemory& memory) {
  const std::int64_t tiles_in_row = blocks_of(product.n, edge);
  for_each_block(queue, {.blocks = blocks_of(product.m, edge) * tiles_in_row, .threads = edge * edge},
                 ProductTile{Floats(const_cast<void*>(memory.a), product.operands),
                             Floats(const_cast<void*>(memory.b), product.operands), product.m, product.n, product.k,
                             tiles_in_row, product.a_transposed, product.b_transposed, Epilogue(product, memory)});
}

}  // namespace deepobs
