#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/named_value.h"
#include "engine/graph/graph.h"

namespace deepobs {

struct CudaUpdate;  // kernels/cuda/update/update_chunks.h
struct Method;

/// The part of the flat buffers that parameters fill, cut into tasks for parallel work. It depends on the shapes alone;
/// the gaps between parameters are in no piece, so a rule that makes a number of 0 and 0 leaves none there.
struct UpdateCut {
  struct Piece {
    std::int64_t begin, count;
  };
  std::vector<Piece> pieces;
  std::vector<std::int64_t> tasks;  ///< task t works on pieces [tasks[t], tasks[t + 1])

  std::int64_t task_count() const { return static_cast<std::int64_t>(tasks.size()) - 1; }
};

/// `left_out`: offsets of parameters that are updated elsewhere.
UpdateCut cut_parameters(const Store& store, std::span<const std::int64_t> left_out = {});

/// The loop of a rule over some elements that lie side by side, for a body that has just made their gradients.
struct RangeUpdate {
  static constexpr std::size_t most_slots = 4;
  struct Now {  ///< what an element needs in this step
    alignas(16) std::byte bytes[128];
  };
  std::size_t slots;
  void (*now)(const void* attributes, const StepBlock& step, Now& now);  ///< `attributes` of the update's node
  using Run = void (*)(const Now& now, std::int64_t count, float* p, const float* g, float* const* slots);
  std::array<Run, isa_count> run;
};

/// The operands of an update and its rule: the attributes of every update of flat_update() begin with it
/// (Attributes::of<Rule, UpdateSite>), so that a GPU can find its own body of the same rule.
struct UpdateSite {
  UpdateCut cut;
  std::string optimizer, source, version;  ///< Optimizer::name, ::source and ::version
  std::vector<NamedValue> hyperparameters;
  std::size_t rule = 0;  ///< its number among Method::rules, or ::scalars
};

/// Cost of an update of flat_update(): every parameter that it updates, its gradient and its slots are read, and all
/// but the gradient are changed where they lie.
Cost cost_of_update(const Node& node);

/// A state of an optimizer: a slot (one float for each parameter element) or a carried scalar (one double in all).
struct OptimizerState {
  std::string name;
  double initial = 0;
};

/// Copies of a rule share it; another rule of the same type, with other constants, has another one.
using RuleIdentity = std::shared_ptr<const std::byte>;
inline RuleIdentity new_rule_identity() { return std::make_shared<const std::byte>(); }

/// An update rule with all its constants, ready to be recorded; flat_update() of kernels/update/update_pass.h makes it.
struct Update {
  const Op* op = nullptr;  ///< operands: parameters, gradients, slots, carried scalars
  std::vector<OptimizerState> slots, carried;
  std::function<Attributes(UpdateSite)> attributes;
  const RangeUpdate* range = nullptr;  ///< null: the rule has carried scalars, which must change once a step
  const CudaUpdate* cuda = nullptr;    ///< only where the rule was compiled for a GPU, in libdeepobs_cuda.so
  RuleIdentity identity = {};

  /// The method that does nothing else, to all parameters.
  operator Method() const;  // NOLINT: a rule is a method
};

}  // namespace deepobs
