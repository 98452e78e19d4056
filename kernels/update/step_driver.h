#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/graph/op.h"

namespace deepobs {

/// One step of a method that is driven by the host, for Method::drive. A vector holds all parameters one behind the
/// other, as they lie in the flat buffers, gaps of zeros included; so scalar products and norms of vectors are right.
///
/// What is read stands as long as nothing is written to its place and the same function is not called again: on a CPU
/// it is the memory itself, from a GPU a copy.
class StepDriver {
 public:
  virtual ~StepDriver() = default;

  /// The step's number, learning rate and so on.
  virtual const StepBlock& step() const = 0;

  /// The objective of the step's mini-batch at the parameters as they are now, and its gradients for gradients(). Each
  /// evaluation has the same examples and the same dropout masks, and a sequence begins with what it began with in the
  /// first one. Running statistics, what a sequence carries on, and the loss that is reported are those of the first
  /// one.
  virtual double evaluate() = 0;

  /// How often evaluate() was called in this step.
  virtual std::int64_t evaluations() const = 0;

  virtual std::span<const float> parameters() = 0;
  /// Of the last evaluate(); the next one writes to their place.
  virtual std::span<const float> gradients() = 0;
  /// Errors: another number of values.
  virtual void set_parameters(std::span<const float> values) = 0;

  /// A state of the method by its name in record(): all its numbers in double, or one row of a float32 state.
  /// Errors: there is none of that name; another type or number of values.
  virtual std::vector<double> numbers(const std::string& state) = 0;
  virtual void set_numbers(const std::string& state, std::span<const double> values) = 0;
  virtual std::span<const float> row(const std::string& state, std::int64_t row) = 0;
  virtual void set_row(const std::string& state, std::int64_t row, std::span<const float> values) = 0;
};

}  // namespace deepobs
