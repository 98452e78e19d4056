#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/graph/graph.h"

namespace deepobs {

/// A gradient of some value, perhaps one of several to be added up.
struct Contribution {
  Value gradient;
  bool gated = false;  ///< it is zero wherever the value is not positive
};

/// What a reverse walk has found so far.
struct ReverseWalk {
  std::vector<std::vector<Contribution>> contributions;  ///< by value id
  std::vector<bool> wanted;  ///< by value id: it depends on a value of which the gradient is asked for
  bool gates = true;         ///< whether rules may zero gradients in front of a relu: nobody asks for those themselves
};

/// What a gradient rule works with: it reads its node's operands and hands over contributions; only the engine adds.
class Gradients {
 public:
  Gradients(const Node& node, ReverseWalk& walk, std::vector<std::optional<Contribution>> of_out)
      : node_(node), walk_(walk), of_out_(std::move(of_out)) {}

  /// Whether a value of which the gradient is asked for is reached through input i: spares the rest.
  bool wants(int i) const;

  /// d objective / d output i: the shape of that output. Errors: nothing used that output.
  Value of_output(int i = 0) const;

  /// Whether the objective depends on output i. Of some output it does, so an op of one output need not ask.
  bool has_output(int i) const { return of_out_[static_cast<std::size_t>(i)].has_value(); }

  /// Whether that gradient is zero already wherever output i is not positive.
  bool of_output_gated(int i = 0) const;

  /// Whether input i is rectified (ValueInfo::rectified): a rule that zeroes its gradient where the input is not
  /// positive, and says so to give(), spares the relu a pass over it.
  bool rectified(int i) const;

  /// Adds `gradient` to d objective / d input i; `gated`: it is zero wherever the input is not positive. Errors:
  /// another shape than the input's.
  void give(int i, Value gradient, bool gated = false);

 private:
  const Node& node_;
  ReverseWalk& walk_;
  std::vector<std::optional<Contribution>> of_out_;
};

/// The computations that the reverse walk itself needs. The engine knows no op, so it is told.
struct GradientAlgebra {
  Value (*constant)(Graph& graph, const Shape& shape, double value);
  Value (*sum)(std::span<const Value> terms);  ///< elementwise sum of equally shaped terms, at least two, in order
  Value (*copy)(Value value);                  ///< the same numbers in memory of their own
};

/// Records the gradients of an objective with respect to values of its graph: parameters, inputs, or anything computed
/// on the way. Each is a value like any other, to be used, and differentiated, in what is recorded next; a graph may
/// have any number of them. The walk goes from the last node to the first, through what depends on `of` alone.
///   shapes    objective [...], seed like it  ->  gradient i like of[i]
///   formula   gradient i = d (sum over k of seed[k] objective[k]) / d of[i]; a scalar objective [] alone may lack a
///             seed, which then is 1. Of a value that the objective does not depend on: zeros. Of two values of which
///             one is computed from the other, each is the whole derivative, the one through the other included
///   errors    (usage) a value that is not float32, or of another graph; a seed of another shape, or none for an
///             objective that is no scalar; a part of the parameters' buffer in place of the parameter; the way goes
///             through an op without a gradient: of the ops that compute gradients some have none, so what they compute
///             cannot be differentiated a second time
std::vector<Value> gradients(Value objective, std::span<const Value> of, const GradientAlgebra& algebra,
                             std::optional<Value> seed = std::nullopt);

/// gradients() with respect to every parameter that reaches `objective` (a scalar, []), laid into the store's flat
/// gradient buffer, for an update. Parameters that do not reach it keep a zero gradient.
/// Errors: the objective is no scalar, or depends on a parameter through an op without gradient; the graph has
/// gradients in the buffer already, which these would lie on: the objectives must be added first; a node reads that
/// buffer already, an update.
void record_gradients(Value objective, const GradientAlgebra& algebra);

}  // namespace deepobs
