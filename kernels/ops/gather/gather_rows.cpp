#include "kernels/ops/gather/gather_rows.h"

#include "engine/graph/cost.h"

namespace deepobs {

void check_order(Value order, std::int64_t batch, std::string_view op, const Place& at) {
  require(order.shape().rank() == 1, Fault::usage, op, " at ", to_string(at), ": order must be [m], not ",
          order.described());
  require(batch >= 1, Fault::usage, op, " at ", to_string(at), ": a batch has at least 1 row, not ", batch);
}

std::int64_t rows_to_gather(const Node& node) { return node.in[0].dim(0); }

std::int64_t batches_of_order(const Node& node) { return node.in[1].dim(0) / node.out[0].dim(0); }

Cost gather_cost(const Node& node) {
  // The numbers of the rows are read, too, where an order names them.
  const std::int64_t order = node.in.size() > 1 ? node.out[0].dim(0) * bytes_of(Type::i32) : 0;
  Cost cost = cost_in_bytes(node);
  cost.bytes_read = node.out[0].shape().elements() * bytes_of(node.in[0].type()) + order;
  return cost;
}

}  // namespace deepobs
