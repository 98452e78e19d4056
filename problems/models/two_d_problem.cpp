#include "problems/models/two_d_problem.h"

#include "kernels/ops/functions/two_d_loss.h"

namespace deepobs {

Problem two_d_problem(TwoD function, const std::string& name, const std::string& title, double start_u,
                      double start_v) {
  return {.name = name,
          .title = title,
          .dataset = "two_d",
          .loss_name = "the function, tilted by noise",
          .record = [=](Layers& layers, const Batch& batch) -> Outputs {
            const Value u = layers.parameter("weight", {}, init::constant(start_u));
            const Value v = layers.parameter("bias", {}, init::constant(start_v));
            layers.graph().set_label("loss");
            const Value losses = two_d_loss(function, u, v, batch["x"], batch["y"]);
            layers.graph().set_label("");
            return {.losses = losses};
          },
          .source = "Schneider, Balles & Hennig, ICLR 2019, appendix; DeepOBS 1.1, two_d"};
}

}  // namespace deepobs
