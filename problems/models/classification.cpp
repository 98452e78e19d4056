#include "kernels/ops/loss/correct.h"
#include "kernels/ops/loss/softmax_xent.h"
#include "problems/problem.h"

namespace deepobs {

std::function<Outputs(Layers&, const Batch&)> classification(std::function<Value(Layers&, Value)> network) {
  return [network = std::move(network)](Layers& layers, const Batch& batch) -> Outputs {
    const Value logits = network(layers, batch["images"]), labels = batch["labels"];
    layers.graph().set_label("loss");
    const Value losses = softmax_xent(logits, labels);
    const Outputs outputs{losses, {{"accuracy", correct(logits, labels)}}};
    layers.graph().set_label("");
    return outputs;
  };
}

}  // namespace deepobs
