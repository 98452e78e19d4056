#include "kernels/optim/decay.h"
#include "kernels/update/update_pass.h"

namespace deepobs {
namespace {

struct Plain {
  double decay;

  struct Now {
    float rate, decay;
  };
  DEEPOBS_FN Now now(const StepBlock& step) const { return {rounded(step.learning_rate), rounded(decay)}; }

  DEEPOBS_FN static void update(const Now& n, float& p, float g) { p -= n.rate * (g + n.decay * p); }
};

/// buffer = momentum * buffer + (1 - dampening) g. The first step sets buffer = g, without dampening.
struct Momentum {
  double decay, momentum, dampening;

  struct Now {
    float rate, decay, momentum, keep, take;
  };
  DEEPOBS_FN Now now(const StepBlock& step) const {
    const bool first = step.step == 0;
    return {.rate = rounded(step.learning_rate),
            .decay = rounded(decay),
            .momentum = rounded(momentum),
            .keep = rounded(first ? 0 : momentum),
            .take = rounded(first ? 1 : 1 - dampening)};
  }

  DEEPOBS_FN static void update(const Now& n, float& p, float g, float& buffer) {
    g += n.decay * p;
    buffer = n.keep * buffer + n.take * g;
    p -= n.rate * buffer;
  }
};

/// The gradient at the place that the momentum leads to, as Sutskever et al. write it.
struct Nesterov : Momentum {
  DEEPOBS_FN static void update(const Now& n, float& p, float g, float& buffer) {
    g += n.decay * p;
    buffer = n.keep * buffer + n.take * g;
    p -= n.rate * (g + n.momentum * buffer);
  }
};

}  // namespace

Optimizer sgd() {
  return {.name = "SGD",
          .source =
              "Robbins & Monro, 1951; momentum: Polyak, 1964; Nesterov: Sutskever et al., ICML 2013, eqs. 3-4, in "
              "PyTorch's form (the learning rate outside the buffer)",
          .usual_learning_rate = 0.01,
          .hyperparameters = {{"momentum", 0., {Range::at_least(0)}, "share of the buffer that a step keeps"},
                              {"dampening", 0., {Range::any()}, "1 - the share of the gradient in the buffer"},
                              {"nesterov", false, {}, "look ahead along the momentum"},
                              coupled_decay()},
          .configure = [](const Hyperparameters& h) -> Update {
            const Momentum rule{.decay = h.number("optimizer_weight_decay"),
                                .momentum = h.number("momentum"),
                                .dampening = h.number("dampening")};
            require(!h.flag("nesterov") || (rule.momentum > 0 && rule.dampening == 0), Fault::usage,
                    "SGD: nesterov needs a momentum above 0 and no dampening, not momentum ", rule.momentum,
                    " and dampening ", rule.dampening);
            if (rule.momentum == 0) return flat_update(Plain{rule.decay});
            if (h.flag("nesterov")) return flat_update(Nesterov{rule}, {{"momentum_buffer"}});
            return flat_update(rule, {{"momentum_buffer"}});
          }};
}

}  // namespace deepobs
