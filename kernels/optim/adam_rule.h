#pragma once

#include "kernels/optim/lerp.h"
#include "kernels/update/update_pass.h"

namespace deepobs {

/// Adam with either kind of weight decay, in the cheaper order of Kingma & Ba, section 2: the bias corrections go into
/// the step size and eps, so an element costs one division and one root.
///   m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,  p -= rate * m' / (sqrt(v') + eps),
///   m' = m / (1 - beta1^t),       v' = v / (1 - beta2^t),         t = 1, 2, ...
struct AdamRule {
  double beta1, beta2, eps, coupled_decay, decoupled_decay;

  struct Now {
    float keep, decay;
    Lerp average;
    float beta2, take2, eps, step_size;
  };
  DEEPOBS_FN Now now(const StepBlock& step) const {
    const auto t = static_cast<double>(step.step + 1);
    const double root2 = std::sqrt(1 - std::pow(beta2, t));
    return {.keep = rounded(1 - step.learning_rate * decoupled_decay),
            .decay = rounded(coupled_decay),
            .average = Lerp::by(1 - beta1),
            .beta2 = rounded(beta2),
            .take2 = rounded(1 - beta2),
            .eps = rounded(eps * root2),
            .step_size = rounded(step.learning_rate * root2 / (1 - std::pow(beta1, t)))};
  }

  DEEPOBS_FN static void moments(const Now& n, float& p, float g, float& m, float& v) {
    p *= n.keep;
    g += n.decay * p;
    m = n.average(m, g);
    v = n.beta2 * v + n.take2 * g * g;
  }

  DEEPOBS_FN static void update(const Now& n, float& p, float g, float& m, float& v) {
    moments(n, p, g, m, v);
    p -= n.step_size * m / (std::sqrt(v) + n.eps);
  }
};

/// The largest v so far in the place of v. Reddi et al., ICLR 2018, algorithm 2, with Adam's bias corrections.
struct AmsGradRule : AdamRule {
  DEEPOBS_FN static void update(const Now& n, float& p, float g, float& m, float& v, float& largest) {
    moments(n, p, g, m, v);
    largest = largest > v ? largest : v;
    p -= n.step_size * m / (std::sqrt(largest) + n.eps);
  }
};

inline Update adam_update(const AdamRule& rule, bool amsgrad) {
  if (amsgrad) return flat_update(AmsGradRule{rule}, {{"exp_avg"}, {"exp_avg_sq"}, {"max_exp_avg_sq"}});
  return flat_update(rule, {{"exp_avg"}, {"exp_avg_sq"}});
}

}  // namespace deepobs
