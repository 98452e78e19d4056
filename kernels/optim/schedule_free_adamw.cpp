#include "kernels/ops/elementwise/algebra.h"
#include "kernels/optim/betas.h"
#include "kernels/optim/decay.h"
#include "kernels/optim/lerp.h"
#include "kernels/update/step_scalars.h"
#include "kernels/update/update_scope.h"

namespace deepobs {
namespace {

/// The step at y, the parameters, where gradients are taken:
///   d = g / (sqrt(v / (1 - beta2^t)) + eps) + decay y,  y += c (z - y) + eta (beta1 (1 - c) - 1) d,  z -= eta d
/// z begins where y does. c is this step's share of all weights so far, and eta grows to the rate over the warm-up.
struct ScheduleFree {
  double beta1, beta2, eps, decay;
  std::int64_t warmup_steps;
  double r, weight_lr_power;

  struct Now {
    Lerp average;
    float size_y, size_z, decay, beta2, take2, correction, eps;
    bool begins;
  };
  DEEPOBS_FN Now now(const StepBlock& step, double& largest_rate, double& weights) const {
    const auto t = static_cast<double>(step.step + 1);
    const double warm = step.step < warmup_steps ? t / static_cast<double>(warmup_steps) : 1;
    const double eta = step.learning_rate * warm;
    largest_rate = std::fmax(largest_rate, eta);
    const double weight = std::pow(t, r) * std::pow(largest_rate, weight_lr_power);
    weights += weight;
    const double share = weights == 0 ? 0 : weight / weights;
    return {.average = Lerp::by(share),
            .size_y = rounded(eta * (beta1 * (1 - share) - 1)),
            .size_z = rounded(eta),
            .decay = rounded(decay),
            .beta2 = rounded(beta2),
            .take2 = rounded(1 - beta2),
            .correction = rounded(1 / (1 - std::pow(beta2, t))),
            .eps = rounded(eps),
            .begins = step.step == 0};
  }

  DEEPOBS_FN static void update(const Now& n, float& y, float g, float& z, float& v) {
    const float from = n.begins ? y : z;
    v = n.beta2 * v + n.take2 * g * g;
    const float d = g / (std::sqrt(v * n.correction) + n.eps) + n.decay * y;
    y = n.average(y, from) + n.size_y * d;
    z = from - n.size_z * d;
  }
};

/// How far evaluations look beyond y, towards z: x = y + (1 - 1 / beta1) (z - y). Before the first step there is no z.
struct Beyond {
  double beta1;
  struct Now {
    float factor;
  };
  DEEPOBS_FN Now now(const StepBlock& step) const { return {step.step == 0 ? 0.f : rounded(1 - 1 / beta1)}; }
};

}  // namespace

Optimizer schedule_free_adamw() {
  return {
      .name = "ScheduleFreeAdamW",
      .source = "Defazio et al., NeurIPS 2024, algorithm 1; evaluations see the average x, and no schedule is needed",
      .usual_learning_rate = 2.5e-3,
      .hyperparameters = {{"betas",
                           std::vector{0.9, 0.999},
                           {Range::open(0, 1), Range::half_open(0, 1)},
                           "how near gradients are taken to the average; decay of the squared gradients' average"},
                          denominator_eps(1e-8),
                          {"warmup_steps", std::int64_t{0}, {Range::at_least(0)}, "steps in which the rate grows"},
                          {"optimizer_r", 0., {Range::any()}, "power of the step in the weight of the average"},
                          {"weight_lr_power", 2., {Range::any()}, "power of the largest rate in that weight"},
                          decoupled_decay(0.)},
      .configure = [](const Hyperparameters& h) {
        const auto [beta1, beta2] = h.pair("betas");
        const Update step = flat_update(ScheduleFree{.beta1 = beta1,
                                                     .beta2 = beta2,
                                                     .eps = h.number("eps"),
                                                     .decay = h.number("optimizer_weight_decay"),
                                                     .warmup_steps = h.integer("warmup_steps"),
                                                     .r = h.number("optimizer_r"),
                                                     .weight_lr_power = h.number("weight_lr_power")},
                                        {{"z"}, {"exp_avg_sq"}}, {{"lr_max"}, {"weight_sum"}});
        const StepScalars beyond = step_scalars(Beyond{beta1});
        return Method{.rules = {step},
                      .scalars = {beyond},
                      .record = [step](UpdateScope& scope) { scope.elementwise(step); },
                      .evaluation =
                          [beyond](UpdateScope& scope) {
                            const auto [factor] = scope.scalars<1>(beyond);
                            for (const UpdateTensor& y : scope.parameters())
                              scope.assign(y.evaluated(),
                                           add(y.value(), multiply(subtract(y.slot("z"), y.value()), factor)));
                          }};
      }};
}

}  // namespace deepobs
