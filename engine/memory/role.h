#pragma once

#include <cstdint>
#include <string_view>

namespace deepobs {

/// What a buffer is for. The role alone decides what is copied, saved, reset and shared.
enum class Role : std::uint8_t {
  parameters,  ///< the flat buffer of all parameters
  gradients,   ///< the flat buffer of their gradients
  optimizer,   ///< what an optimizer keeps from step to step
  evaluation,  ///< parameters that evaluations read in place of those that are trained; made anew before each
  statistics,  ///< what layers learn beside their parameters: running means and variances; evaluation reads them
  carried,     ///< what a sequence carries from one mini-batch to the next: an LSTM's state; reset where a phase begins
  input,       ///< numbers that the host writes
  order,       ///< which examples a phase takes, one after the other; the host writes it
  log,         ///< what the graph notes for the host
  constants,   ///< numbers that no step changes
  data,        ///< examples, in memory of somebody else that is bound before the first replay
};

std::string_view name_of(Role role);

/// Whether the role is part of a training's state: with the same state, inputs and orders the next step is the same.
constexpr bool is_state(Role role) {
  return role == Role::parameters || role == Role::optimizer || role == Role::statistics || role == Role::carried;
}

}  // namespace deepobs
