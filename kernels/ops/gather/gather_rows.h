#pragma once

#include <string_view>

#include "engine/graph/graph.h"

namespace deepobs {

// Which rows of the data set make up a mini-batch: shared by the gather ops. Operands: in[0] the data, in[1] the order.

/// Errors: `order` is no [m]; batch < 1. `op` and `at` name the caller.
void check_order(Value order, std::int64_t batch, std::string_view op, const Place& at);

/// The data rows of the step's batch. Internal linkage, as it is compiled into bodies of every instruction set.
namespace {
class StepRows {
 public:
  StepRows(const Call& call, std::int64_t batch)
      : order_(call.in[1].i32()), count_(call.in[1].elements()), rows_(call.in[0].shape[0]) {
    const std::int64_t at = call.step->batch;
    begin_ = at < 0 || at > count_ / batch ? count_ : at * batch;  // no product can overflow
  }

  /// Row k of the batch; -1 where there is none: the batch reaches beyond the order, or the order beyond the data.
  std::int64_t operator[](std::int64_t k) const {
    if (k >= count_ - begin_) return -1;
    const std::int64_t row = order_[begin_ + k];
    return row >= 0 && row < rows_ ? row : -1;
  }

 private:
  const std::int32_t* order_;
  std::int64_t count_, rows_, begin_;
};
}  // namespace

// What the engine is told of a gather, whose operands are data [n, ...] and an order [m] (Op).

/// Rows that there are: Operand::limit of the order.
std::int64_t rows_to_gather(const Node& node);

/// Mini-batches that an order has.
std::int64_t batches_of_order(const Node& node);

/// A mini-batch's rows are read, out of data and an order that steps touch everywhere.
Cost gather_cost(const Node& node);

}  // namespace deepobs
