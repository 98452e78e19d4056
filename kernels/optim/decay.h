#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "kernels/update/optimizer.h"

namespace deepobs {

/// The optimizer's own weight decay; PyTorch calls it weight_decay. In DeepOBS that plain name belongs to the L2
/// regulariser of the test problem, which is part of the loss.
inline Hyperparameter optimizer_weight_decay(double standard, std::string help) {
  return {"optimizer_weight_decay", standard, {Range::at_least(0)}, std::move(help)};
}

/// Coupled: the gradient of (factor / 2) p^2 is added to g.
inline Hyperparameter coupled_decay() {
  return optimizer_weight_decay(0., "times the parameter, added to the gradient");
}

inline constexpr const char* decoupled_decay_help =
    "times the learning rate: the share that a parameter loses in a step";

/// Decoupled: the parameter shrinks by the factor 1 - learning rate * decay. Loshchilov & Hutter, ICLR 2019.
inline Hyperparameter decoupled_decay(double standard) {
  return optimizer_weight_decay(standard, decoupled_decay_help);
}

inline bool has_decoupled_decay(const Optimizer& optimizer) {
  return std::ranges::find(optimizer.hyperparameters, decoupled_decay_help, &Hyperparameter::help) !=
         optimizer.hyperparameters.end();
}

}  // namespace deepobs
