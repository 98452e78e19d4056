#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"

namespace deepobs::DEEPOBS_ISA {

void embedding(const Call& call) {
  const std::int32_t* ids = call.in[0].i32();
  const float* table = call.in[1].f32();
  float* y = call.out[0].f32();
  const std::int64_t rows = call.in[1].shape[0], width = call.in[1].shape[1];
  for_each_row(call, call.in[0].elements(), width, [=](std::int64_t i) {
    const bool known = ids[i] >= 0 && ids[i] < rows;
    const float* from = table + (known ? ids[i] : 0) * width;
    float* to = y + i * width;
    if (known)
      for (std::int64_t c = 0; c < width; ++c) to[c] = from[c];
    else
      for (std::int64_t c = 0; c < width; ++c) to[c] = __builtin_nanf("");
  });
}

void embedding_gradient(const Call& call) {
  const std::int32_t* ids = call.in[0].i32();
  const float* dy = call.in[1].f32();
  float* dtable = call.out[0].f32();
  std::int32_t* begin = call.out[1].i32();  // [rows + 1]: a row's part of the list
  const std::int64_t count = call.in[0].elements(), rows = call.out[0].shape[0], width = call.out[0].shape[1];
  std::int32_t* list = begin + rows + 1;

  // The ids by row, those of one row in their order. Counted two places ahead, begin[row] is, once all ids stand in
  // the list, where the row's part begins.
  const auto known = [=](std::int64_t i) { return ids[i] >= 0 && ids[i] < rows; };
  for (std::int64_t v = 0; v <= rows; ++v) begin[v] = 0;
  for (std::int64_t i = 0; i < count; ++i)
    if (known(i) && ids[i] + 2 <= rows) ++begin[ids[i] + 2];
  for (std::int64_t v = 1; v <= rows; ++v) begin[v] += begin[v - 1];
  for (std::int64_t i = 0; i < count; ++i)
    if (known(i)) list[begin[ids[i] + 1]++] = static_cast<std::int32_t>(i);

  const std::int64_t each = rows > 0 ? count * width / rows + width : 0;  // additions of a row, if all have as many ids
  for_each_row(call, rows, each, [=](std::int64_t v) {
    constexpr std::int64_t block = 64;  // sums that stay in registers
    for (std::int64_t first = 0; first < width; first += block) {
      const std::int64_t columns = width - first < block ? width - first : block;
      double sum[block] = {};
      for (std::int32_t k = begin[v]; k < begin[v + 1]; ++k) {
        const float* row = dy + list[k] * width + first;
        for (std::int64_t c = 0; c < columns; ++c) sum[c] += static_cast<double>(row[c]);
      }
      for (std::int64_t c = 0; c < columns; ++c) dtable[v * width + first + c] = static_cast<float>(sum[c]);
    }
  });
}

}  // namespace deepobs::DEEPOBS_ISA
