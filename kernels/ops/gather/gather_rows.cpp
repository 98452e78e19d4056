#include "kernels/ops/gather/gather_rows.h"

namespace deepobs {

void check_order(Value order, std::int64_t batch, std::string_view op, const Place& at) {
  require(order.shape().rank() == 1, Fault::usage, op, " at ", to_string(at), ": order must be [m], not ",
          order.described());
  require(batch >= 1, Fault::usage, op, " at ", to_string(at), ": a batch has at least 1 row, not ", batch);
}

}  // namespace deepobs
