#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/named_value.h"
#include "engine/graph/graph.h"
#include "kernels/update/method.h"

namespace deepobs {

/// Where a number may lie. Infinities and NaN lie nowhere.
struct Range {
  static constexpr double unbounded = std::numeric_limits<double>::infinity();

  double low = -unbounded, high = unbounded;
  bool low_open = true, high_open = true;  ///< the limit itself is outside

  static constexpr Range any() { return {}; }
  static constexpr Range at_least(double low) { return {low, unbounded, false, true}; }
  static constexpr Range above(double low) { return {low, unbounded, true, true}; }
  static constexpr Range closed(double low, double high) { return {low, high, false, false}; }    ///< [low, high]
  static constexpr Range half_open(double low, double high) { return {low, high, false, true}; }  ///< [low, high)
  static constexpr Range open(double low, double high) { return {low, high, true, true}; }        ///< (low, high)

  bool contains(double x) const;
};

/// "at least 0", "above 1", "in [0, 1)", "a finite number".
std::string to_string(const Range& range);

/// One setting of an optimizer. The type of `standard` is the type that it has.
struct Hyperparameter {
  std::string name;
  HyperValue standard;
  std::vector<Range> ranges;  ///< of each component; one alone holds for all; none for a flag or a choice
  std::string help;
  std::vector<std::string> choices = {};  ///< the words that a text may be
};

/// What a hyperparameter wants: "a whole number", "true or false", "2 numbers", "none or strong_wolfe".
std::string wanted_words(const Hyperparameter& declared);

/// The hyperparameters of an optimizer with a value each, in the order of its declaration; made by resolve().
/// The getters: errors are internal ones, for a name or a type that the optimizer did not declare.
class Hyperparameters {
 public:
  Hyperparameters() = default;
  explicit Hyperparameters(std::vector<NamedValue> values) : values_(std::move(values)) {}

  double number(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  bool flag(std::string_view name) const;
  std::pair<double, double> pair(std::string_view name) const;
  std::span<const double> numbers(std::string_view name) const;  ///< of a tuple; they live as long as this
  const std::string& choice(std::string_view name) const;

  std::span<const NamedValue> values() const { return values_; }

 private:
  std::vector<NamedValue> values_;
};

/// What becomes of the gradients in a step with an update: kept in the flat buffer, where the host can read them, or
/// used where they are made, if that is faster, and stored nowhere (kernels/update/gradient_update.h). The parameters
/// are the same, bit for bit.
enum class GradientUse { keep, consume };

/// An optimizer is data: its name, its settings and what makes a rule of them. It knows no layer, no problem and no
/// device. Each stands in a file kernels/optim/NAME.cpp, which defines Optimizer NAME().
struct Optimizer {
  std::string name;              ///< "SGD"
  std::string source;            ///< paper and equation
  double usual_learning_rate{};  ///< a hint for messages and help; nothing uses it as a default
  std::vector<Hyperparameter> hyperparameters;
  std::function<Method(const Hyperparameters&)> configure;  ///< flat_update() makes one, too

  /// Tells apart what an optimizer of this name was at different times, so that their results are not averaged: of a
  /// file that is no part of deepobs its checksum, which the build puts here; of a program's own optimizer the text
  /// that the program gives. Empty for those of deepobs, which have its revision.
  std::string version = {};
};

/// Checks an optimizer's description.
/// Errors (usage): a name that is empty, begins with '-' or holds control characters; no configure(); a hyperparameter
/// that is declared twice, whose name is no word of letters, digits and '_', or whose default is out of its range; a
/// text without choices, a number with some, or a choice that is no such word.
void check_optimizer(const Optimizer& optimizer);

/// The optimizers of kernels/optim in the order of their files' names, then those of DEEPOBS_EXTRA_OPTIMIZERS.
const std::vector<Optimizer>& optimizers();

/// Errors: an unknown name (usage), with the nearest known one.
const Optimizer& find_optimizer(std::string_view name);

/// One hyperparameter in the type that it is declared in: a whole number will do for a number, and a number that is
/// whole for a whole one.
/// Errors (usage): an unknown name; a value of another type or number of components, one that is not finite or out of
/// its range.
NamedValue checked_hyperparameter(const Optimizer& optimizer, const NamedValue& given);

/// A value for each hyperparameter: the given one or the standard.
/// Errors (usage): what check_optimizer() finds; those of checked_hyperparameter(); a name twice; values that do not fit
/// together.
Hyperparameters resolve(const Optimizer& optimizer, std::span<const NamedValue> given = {});

/// Reads the value of a hyperparameter: "true", "False" or "1", "20" or "2e1", "1e-8", "0.9,0.999" or "(0.9, 0.999)", one of the
/// words to choose from.
/// Errors (usage): an unknown name; a text that is no such value.
NamedValue parse_hyperparameter(const Optimizer& optimizer, std::string_view name, std::string_view value);

/// Declares the optimizer's states in the graph's store, as buffers "optimizer.NAME", and records its step behind the
/// gradients: of an elementwise rule the one node that updates all parameters. All parameters must have been declared.
/// The same optimizer recorded in another graph of the store (mini-batches of another size) has the same states.
///   shapes    parameters, gradients and every slot: the flat buffers of the store, f32; carried scalars [1] f64
///   formula   the optimizer's own; see its file
///   numerics  constants of a step are computed in double and rounded to float once; same bits for every number of
///             threads and, of elementwise rules, every instruction set
///   errors    (usage) a store without parameters; a second update of a graph; an optimizer without configure(), or
///             whose configure() makes no complete method; one whose step is more than one graph (record_method() of
///             kernels/update/method_graphs.h records those)
void record_update(Graph& graph, const Optimizer& optimizer, const Hyperparameters& hyperparameters,
                   GradientUse use = GradientUse::keep, Place at = Place::current());

}  // namespace deepobs
