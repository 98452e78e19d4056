#pragma once

#include <string_view>

#include "engine/graph.h"

namespace deepobs {

// Which rows of the data set make up a mini-batch: shared by the gather ops. Operands: in[0] the data, in[1] the order.

/// Errors: `order` is no [m]; batch < 1. `op` and `at` name the caller.
void check_order(Value order, std::int64_t batch, std::string_view op, const Place& at);

/// The data row that is row k of the step's batch; -1 where there is none: the batch reaches beyond the order, or the
/// order beyond the data. Internal linkage, as it is compiled into bodies of every instruction set.
static inline std::int64_t row_of_batch(const Call& call, std::int64_t batch, std::int64_t k) {
  const std::int64_t count = call.in[1].elements();
  if (call.step->batch < 0 || call.step->batch > count / batch) return -1;  // before the product could overflow
  const std::int64_t position = call.step->batch * batch + k;
  if (position >= count) return -1;
  const std::int64_t row = call.in[1].i32()[position];
  return row >= 0 && row < call.in[0].shape[0] ? row : -1;
}

// What the engine is told of a gather, whose operands are data [n, ...] and an order [m] (Op).

/// Rows that there are: Operand::limit of the order.
std::int64_t rows_to_gather(const Node& node);

/// Mini-batches that an order has.
std::int64_t batches_of_order(const Node& node);

/// A mini-batch's rows are read, out of data and an order that steps touch everywhere.
Cost gather_cost(const Node& node);

}  // namespace deepobs
