#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/loss/correct.h"
#include "kernels/ops/loss/softmax_xent.h"
#include "tests/runner/training/own/own_things.h"

namespace deepobs {

/// Which quadrant a point lies in, by softmax regression; with a metric that DeepOBS does not have.
Problem quadrants_softmax() {
  return {.name = "quadrants_softmax",
          .title = "Softmax regression on quadrants",
          .dataset = "quadrants",
          .loss_name = "softmax cross entropy",
          .weight_decay = 1e-3,
          .batch_size = 32,
          .num_epochs = 2,
          .record = [](Layers& layers, const Batch& batch) -> Outputs {
            const Value logits = layers.dense("fc", batch["points"], {.units = 4});
            const Value losses = softmax_xent(logits, batch["labels"]);
            return {
                .losses = losses,
                .metrics = {{"accuracy", correct(logits, batch["labels"])}, {"loss in bits", scale(losses, 1.442695)}}};
          },
          .source = "this test"};
}

}  // namespace deepobs
