#include "kernels/ops/loss/correct.h"

#include "kernels/cpu/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(correct);

namespace {

std::int64_t classes(const Node& node) { return node.in[0].dim(1); }

constexpr Operand operands[]{{"logits"}, {"labels", Type::i32, classes}};
const Op op{.name = "correct", .operands = operands, .cpu = bodies::correct};

}  // namespace

Value correct(Value logits, Value labels, Place at) {
  require(logits.shape().rank() == 2 && logits.dim(1) >= 1, Fault::usage, "correct at ", to_string(at),
          ": logits must be [N, K] with K >= 1: ", logits.described());
  require(labels.shape() == Shape{logits.dim(0)}, Fault::usage, "correct at ", to_string(at),
          ": labels must be one for each row of ", logits.described(), ": ", labels.described());
  return logits.graph().record_one(op, {logits, labels}, labels.shape(), {}, at);
}

}  // namespace deepobs
