#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/update/optimizer.h"

namespace deepobs {

// An update inside the computation of the gradient. The gradient of a large dense layer outgrows the caches: written by
// one pass and read by the next, it costs as much of the step as a tenth of its products. Op::updating names the op
// that makes a piece of it in the worker's cache and applies the rule there. It comes after all that reads the
// parameter.

/// Attributes of such a node. Its operands: those of the gradient's op, the parameters, the slots.
struct GradientUpdate {
  const RangeUpdate* rule;
  Attributes update;    ///< those of the whole update
  std::int64_t offset;  ///< of the parameter in the flat buffers
};

/// What a body of such an op works on in one step: the parameter and its slots, row-major.
class UpdateTarget {
 public:
  /// `operands`: how many the gradient's op has.
  UpdateTarget(const Call& call, std::size_t operands, Isa isa)
      : how_(call.as<GradientUpdate>()), run_(how_.rule->run[static_cast<std::size_t>(isa)]) {
    how_.rule->now(how_.update.data(), *call.step, now_);
    parameter_ = call.in[operands].f32() + how_.offset;
    for (std::size_t s = 0; s < how_.rule->slots; ++s) slots_[s] = call.in[operands + 1 + s].f32() + how_.offset;
  }

  /// What an update reads beside the gradient: the parameter, then its slots.
  std::size_t streams() const { return 1 + how_.rule->slots; }
  const float* stream(std::size_t s) const { return s == 0 ? parameter_ : slots_[s - 1]; }

  /// Updates elements [first, first + count) by their gradients.
  void update(std::int64_t first, std::int64_t count, const float* gradient) const {
    float* slots[RangeUpdate::most_slots] = {};
    for (std::size_t s = 0; s < how_.rule->slots; ++s) slots[s] = slots_[s] + first;
    run_(now_, count, parameter_ + first, gradient, slots);
  }

 private:
  const GradientUpdate& how_;
  RangeUpdate::Run run_;
  RangeUpdate::Now now_;
  float* parameter_;
  float* slots_[RangeUpdate::most_slots];
};

/// Replaces nodes that make gradients by such that consume them, where that pays: where the gradient has many elements.
///   site      the update's own
///   operands  of the update's own node: parameters, gradients, slots
///   returns   the offsets of the parameters that are updated so
std::vector<std::int64_t> record_gradient_updates(Graph& graph, const Update& update, const UpdateSite& site,
                                                  std::span<const Value> operands);

}  // namespace deepobs
