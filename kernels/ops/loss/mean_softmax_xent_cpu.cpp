#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/sums.h"
#include "kernels/ops/loss/mean_softmax_xent_attributes.h"
#include "kernels/ops/loss/softmax_row.h"

namespace deepobs::DEEPOBS_ISA {

/// On one thread, because nothing but tests runs it: a CPU's graph has the ops that it stands for.
void mean_softmax_xent(const Call& call) {
  const auto& how = call.as<MeanSoftmaxXentAttributes>();
  const std::int64_t rows = call.in[0].shape[0], classes = call.in[0].shape[1];
  float* dlogits = call.out.size() > 1 ? call.out[1].f32() : nullptr;
  double losses = 0., hits = 0.;
  for (std::int64_t n = 0; n < rows; ++n) {
    const float* x = call.in[0].f32() + n * classes;
    const std::int32_t label = call.in[1].i32()[n];
    const bool valid = label >= 0 && label < classes;
    const float at_label = valid ? x[label] : __builtin_nanf("");
    float most = -__builtin_inff();
    bool won = true;
    for (std::int64_t k = 0; k < classes; ++k) {
      most = x[k] > most ? x[k] : most;
      won &= label_wins(at_label, label, x[k], k);
    }
    const SoftmaxRow row =
        softmax_row(most, sum_terms(0, classes, [=](std::int64_t k) { return exp_f32(x[k] - most); }));
    losses += static_cast<double>(loss_of(row, at_label));
    hits += won ? 1. : 0.;
    const float weight = valid ? how.dloss : __builtin_nanf("");
    for (std::int64_t k = 0; dlogits && k < classes; ++k)
      dlogits[n * classes + k] = weight * (probability_of(row, x[k]) - (k == label ? 1.f : 0.f));
  }
  const auto count = static_cast<double>(rows);
  const auto loss = static_cast<float>(losses / count);
  const float objective = how.penalty ? loss + *call.in[2].f32() : loss;
  *call.out[0].f32() = objective;
  for (int i = 0; i < how.logs; ++i) {
    const View& log = call.in[how.first_log() + static_cast<std::size_t>(i)];
    if (call.step->batch < 0 || call.step->batch >= log.elements()) continue;
    const BatchScalar of = how.logged[static_cast<std::size_t>(i)];
    log.f32()[call.step->batch] = of == BatchScalar::loss        ? loss
                                  : of == BatchScalar::objective ? objective
                                                                 : static_cast<float>(hits / count);
  }
}

}  // namespace deepobs::DEEPOBS_ISA
