#include "kernels/optim/betas.h"
#include "kernels/optim/decay.h"
#include "kernels/optim/lerp.h"
#include "kernels/update/update_pass.h"

namespace deepobs {
namespace {

/// What the four rules share: the averages and the denominators made of them.
struct RmsProp {
  double decay, alpha, eps, momentum;

  struct Now {
    float rate, decay, alpha, take;
    Lerp average;
    float eps, momentum;
  };
  DEEPOBS_FN Now now(const StepBlock& step) const {
    return {.rate = rounded(step.learning_rate),
            .decay = rounded(decay),
            .alpha = rounded(alpha),
            .take = rounded(1 - alpha),
            .average = Lerp::by(1 - alpha),
            .eps = rounded(eps),
            .momentum = rounded(momentum)};
  }

  DEEPOBS_FN static float spread(const Now& n, float g, float& square) {
    square = n.alpha * square + n.take * g * g;
    return std::sqrt(square) + n.eps;
  }

  /// The estimated variance in the place of the second moment. Rounding can make it negative for a gradient that does
  /// not change; the result is a NaN then, as in PyTorch, and as a NaN it is recorded.
  DEEPOBS_FN static float spread(const Now& n, float g, float& square, float& mean) {
    square = n.alpha * square + n.take * g * g;
    mean = n.average(mean, g);
    return std::sqrt(square - mean * mean) + n.eps;
  }
};

struct Plain : RmsProp {
  DEEPOBS_FN static void update(const Now& n, float& p, float g, float& square) {
    g += n.decay * p;
    p -= n.rate * (g / spread(n, g, square));
  }
};

struct Centered : RmsProp {
  DEEPOBS_FN static void update(const Now& n, float& p, float g, float& square, float& mean) {
    g += n.decay * p;
    p -= n.rate * (g / spread(n, g, square, mean));
  }
};

struct Momentum : RmsProp {
  DEEPOBS_FN static void update(const Now& n, float& p, float g, float& square, float& buffer) {
    g += n.decay * p;
    buffer = n.momentum * buffer + g / spread(n, g, square);
    p -= n.rate * buffer;
  }
};

struct CenteredMomentum : RmsProp {
  DEEPOBS_FN static void update(const Now& n, float& p, float g, float& square, float& mean, float& buffer) {
    g += n.decay * p;
    buffer = n.momentum * buffer + g / spread(n, g, square, mean);
    p -= n.rate * buffer;
  }
};

}  // namespace

Optimizer rmsprop() {
  return {.name = "RMSprop",
          .source =
              "Tieleman & Hinton, Coursera lecture 6.5, 2012; centered and momentum: Graves, arXiv:1308.0850, eqs. "
              "38-45, with eps outside the root as PyTorch has it",
          .usual_learning_rate = 0.01,
          .hyperparameters = {{"alpha", 0.99, {Range::at_least(0)}, "what the average of g^2 keeps"},
                              denominator_eps(1e-8),
                              {"momentum", 0., {Range::at_least(0)}, "share of the buffer that a step keeps"},
                              {"centered", false, {}, "divide by the deviation instead of the root mean square"},
                              coupled_decay()},
          .configure = [](const Hyperparameters& h) -> Update {
            const RmsProp rule{.decay = h.number("optimizer_weight_decay"),
                               .alpha = h.number("alpha"),
                               .eps = h.number("eps"),
                               .momentum = h.number("momentum")};
            if (h.flag("centered")) {
              if (rule.momentum == 0) return flat_update(Centered{rule}, {{"square_avg"}, {"grad_avg"}});
              return flat_update(CenteredMomentum{rule}, {{"square_avg"}, {"grad_avg"}, {"momentum_buffer"}});
            }
            if (rule.momentum == 0) return flat_update(Plain{rule}, {{"square_avg"}});
            return flat_update(Momentum{rule}, {{"square_avg"}, {"momentum_buffer"}});
          }};
}

}  // namespace deepobs
