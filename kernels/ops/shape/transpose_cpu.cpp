#include <algorithm>

#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"

namespace deepobs::DEEPOBS_ISA {

void transpose(const Call& call) {
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  const std::int64_t rows = call.in[0].shape[0], columns = call.in[0].shape[1];
  constexpr std::int64_t tile = 16;  // floats of a cache line: each line of x and y is taken up once
  for_each_row(call, (columns + tile - 1) / tile, tile * rows, [=](std::int64_t strip) {
    const std::int64_t begin = strip * tile, end = std::min(begin + tile, columns);
    for (std::int64_t row = 0; row < rows; row += tile) {
      const std::int64_t rows_end = std::min(row + tile, rows);
      for (std::int64_t c = begin; c < end; ++c)
        for (std::int64_t r = row; r < rows_end; ++r) y[c * rows + r] = x[r * columns + c];
    }
  });
}

}  // namespace deepobs::DEEPOBS_ISA
