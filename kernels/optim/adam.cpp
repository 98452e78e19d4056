#include "kernels/optim/adam_rule.h"
#include "kernels/optim/betas.h"
#include "kernels/optim/decay.h"

namespace deepobs {

Optimizer adam() {
  return {.name = "Adam",
          .source = "Kingma & Ba, ICLR 2015, algorithm 1",
          .usual_learning_rate = 1e-3,
          .hyperparameters = {betas(0.9, 0.999),
                              denominator_eps(1e-8),
                              {"amsgrad", false, {}, "divide by the largest average of g^2 so far"},
                              coupled_decay()},
          .configure = [](const Hyperparameters& h) {
            const auto [beta1, beta2] = h.pair("betas");
            return adam_update({.beta1 = beta1,
                                .beta2 = beta2,
                                .eps = h.number("eps"),
                                .coupled_decay = h.number("optimizer_weight_decay"),
                                .decoupled_decay = 0},
                               h.flag("amsgrad"));
          }};
}

}  // namespace deepobs
