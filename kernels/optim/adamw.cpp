#include "kernels/optim/adam_rule.h"
#include "kernels/optim/betas.h"
#include "kernels/optim/decay.h"

namespace deepobs {

Optimizer adamw() {
  return {.name = "AdamW",
          .source = "Loshchilov & Hutter, ICLR 2019, algorithm 2, line 12 with the learning rate in the decay as well",
          .usual_learning_rate = 1e-3,
          .hyperparameters = {betas(0.9, 0.999),
                              denominator_eps(1e-8),
                              {"amsgrad", false, {}, "divide by the largest average of g^2 so far"},
                              decoupled_decay(0.01)},
          .configure = [](const Hyperparameters& h) {
            const auto [beta1, beta2] = h.pair("betas");
            return adam_update({.beta1 = beta1,
                                .beta2 = beta2,
                                .eps = h.number("eps"),
                                .coupled_decay = 0,
                                .decoupled_decay = h.number("optimizer_weight_decay")},
                               h.flag("amsgrad"));
          }};
}

}  // namespace deepobs
