#include "kernels/ops/gather/gather_rows.h"

#include "engine/cost.h"

namespace deepobs {

void check_order(Value order, std::int64_t batch, std::string_view op, const Place& at) {
  require(order.shape().rank() == 1, Fault::usage, op, " at ", to_string(at), ": order must be [m], not ",
          order.described());
  require(batch >= 1, Fault::usage, op, " at ", to_string(at), ": a batch has at least 1 row, not ", batch);
}

std::int64_t rows_to_gather(const Node& node) { return node.in[0].dim(0); }

std::int64_t batches_of_order(const Node& node) { return node.in[1].dim(0) / node.out[0].dim(0); }

Cost gather_cost(const Node& node) {
  const std::int64_t batch = node.out[0].dim(0), rows = node.in[0].dim(0);
  Cost cost = cost_in_bytes(node);
  cost.bytes_read = batch * (rows == 0 ? 0 : bytes_of(node.in[0]) / rows) + batch * bytes_of(Type::i32);
  return cost;
}

}  // namespace deepobs
