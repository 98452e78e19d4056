#pragma once

#include "engine/graph/op.h"

namespace deepobs {

/// The rows of a step's mini-batch, as gather_rows.h has them, where the order and the step lie in a GPU's memory. For
/// files that are compiled as CUDA.
struct BatchRows {
  const StepBlock* step;
  const std::int32_t* order;
  std::int64_t batch, count, rows, batches;  // rows of a mini-batch, of the order, of the data; whole mini-batches

  BatchRows(const Call& call, std::int64_t rows_of_batch)
      : step(call.step),
        order(call.in[1].i32()),
        batch(rows_of_batch),
        count(call.in[1].elements()),
        rows(call.in[0].shape[0]),
        batches(count / batch) {}

  /// The data row that is row k of the batch; -1 where there is none.
  __device__ std::int64_t operator[](std::int64_t k) const {
    if (step->batch < 0 || step->batch > batches) return -1;  // before the product could overflow
    const std::int64_t position = step->batch * batch + k;
    if (position >= count) return -1;
    const std::int64_t row = order[position];
    return row >= 0 && row < rows ? row : -1;
  }
};

}  // namespace deepobs
