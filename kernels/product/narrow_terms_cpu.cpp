#include <algorithm>
#include <utility>

#include "kernels/product/narrow_parts.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

template <int Terms>
void multiply(const Gemm& given, Stretch rows) {
  const Gemm p = given;  // a copy, which stores to C cannot change
  const int rest = static_cast<int>(p.n % lanes);
  for (std::int64_t i = rows.begin; i < rows.end; ++i) {
    Vec a[Terms];
    for (int k = 0; k < Terms; ++k) a[k] = broadcast(p.a[i * p.a_row + k * p.a_column]);
    const float* b = p.b;
    float* c = p.c + i * p.c_row;
    for (std::int64_t j = p.n; j >= lanes; j -= lanes, b += lanes, c += lanes) {
      Vec sum{};
      for (int k = 0; k < Terms; ++k) sum = fma(a[k], load(b + k * p.b_row), sum);
      store(c, sum);
    }
    if (rest == 0) continue;
    Vec sum{};
    for (int k = 0; k < Terms; ++k) sum = fma(a[k], load_first(b + k * p.b_row, rest), sum);
    store_first(c, sum, rest);
  }
}

using Kernel = void (*)(const Gemm&, Stretch);
struct Kernels {
  Kernel of[few];
};
template <int... Terms>
constexpr Kernels kernels_for(std::integer_sequence<int, Terms...>) {
  return {{multiply<Terms + 1>...}};
}
constexpr Kernels kernels = kernels_for(std::make_integer_sequence<int, few>{});

}  // namespace

void multiply_few_terms(const Gemm& product, Stretch rows) { kernels.of[product.k - 1](product, rows); }

}  // namespace deepobs::DEEPOBS_ISA
