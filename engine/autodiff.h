#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/graph.h"

namespace deepobs {

/// A gradient of some value, perhaps one of several to be added up.
struct Contribution {
  Value gradient;
  bool gated = false;  ///< it is zero wherever the value is not positive
};

/// What a gradient rule works with: it reads its node's operands and hands over contributions; only the engine adds.
class Gradients {
 public:
  Gradients(const Node& node, std::vector<std::vector<Contribution>>& contributions,
            std::vector<std::optional<Contribution>> of_out)
      : node_(node), contributions_(contributions), of_out_(std::move(of_out)) {}

  /// Whether some parameter is reached through input i: spares the rest.
  bool wants(int i) const;

  /// Whether the objective depends on output i. Of some output it does, so an op of one output need not ask.
  bool has_output(int i) const { return of_out_[static_cast<std::size_t>(i)].has_value(); }

  /// d objective / d output i: the shape of that output. Errors: nothing used that output.
  Value of_output(int i = 0) const;

  /// Whether that gradient is zero already wherever output i is not positive.
  bool of_output_gated(int i = 0) const;

  /// Whether input i is rectified (ValueInfo::rectified): a rule that zeroes its gradient where the input is not
  /// positive, and says so to give(), spares the relu a pass over it.
  bool rectified(int i) const;

  /// Adds `gradient` to d objective / d input i; `gated`: it is zero wherever the input is not positive. Errors: another
  /// shape than the input's.
  void give(int i, Value gradient, bool gated = false);

 private:
  const Node& node_;
  std::vector<std::vector<Contribution>>& contributions_;  // by value id
  std::vector<std::optional<Contribution>> of_out_;
};

/// The two computations that the reverse walk itself needs. The engine knows no op, so it is told.
struct GradientAlgebra {
  Value (*one)(Graph& graph);                  ///< a scalar 1
  Value (*sum)(std::span<const Value> terms);  ///< elementwise sum of equally shaped terms, at least two, in order
  Value (*copy)(Value value);                  ///< the same numbers in memory of their own
};

/// Records d objective / d parameter for every parameter that reaches `objective` (a scalar, []), into the store's flat
/// gradient buffer: a walk from the last node to the first. Parameters that do not reach it keep a zero gradient.
/// Errors: the objective is no scalar, or depends on a parameter through an op without gradient; the graph has gradients
/// already, which these would lie on: the objectives must be added first; a node reads gradients already, an update.
void record_gradients(Value objective, const GradientAlgebra& algebra);

}  // namespace deepobs
