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

namespace deepobs {

struct CudaUpdate;  // kernels/cuda/update/update_chunks.h

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
  std::vector<Range> ranges;  ///< of each component; one alone holds for all; none for a flag
  std::string help;
};

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

  std::span<const NamedValue> values() const { return values_; }

 private:
  std::vector<NamedValue> values_;
};

/// The part of the flat buffers that parameters fill, cut into tasks for parallel work. It depends on the shapes alone;
/// the gaps between parameters are in no piece, so whatever a rule makes of 0 and 0 cannot get there.
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

/// What becomes of the gradients in a step with an update: kept in the flat buffer, where the host can read them, or
/// used where they are made, if that is faster, and stored nowhere (kernels/update/gradient_update.h). The parameters are the
/// same, bit for bit.
enum class GradientUse { keep, consume };

/// The loop of a rule over some elements that lie side by side, for who has just made their gradients.
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

/// What an update works on, and which rule it is: the attributes of every update of flat_update() begin with it
/// (Attributes::of<Rule, UpdateSite>), so that a GPU can find its own body of the same rule.
struct UpdateSite {
  UpdateCut cut;
  std::string optimizer, source, version;  ///< Optimizer::name, ::source and ::version
  std::vector<NamedValue> hyperparameters;
};

/// Cost of an update of flat_update(): every parameter that it updates, its gradient and its slots are read, and all but
/// the gradient are changed where they lie.
Cost cost_of_update(const Node& node);

/// A state of an optimizer: a slot (one float for each parameter element) or a carried scalar (one double in all).
struct OptimizerState {
  std::string name;
  double initial = 0;
};

/// An update rule with all its constants, ready to be recorded; flat_update() of kernels/update/update_pass.h makes it.
struct Update {
  const Op* op = nullptr;  ///< operands: parameters, gradients, slots, carried scalars
  std::vector<OptimizerState> slots, carried;
  std::function<Attributes(UpdateSite)> attributes;
  const RangeUpdate* range = nullptr;  ///< null: the rule has carried scalars, which must change once a step
  const CudaUpdate* cuda = nullptr;    ///< only where the rule was compiled for a GPU, in libdeepobs_cuda.so
};

/// An optimizer is data: its name, its settings and what makes a rule of them. It knows no layer, no problem and no
/// device. Each stands in a file kernels/optim/NAME.cpp, which defines Optimizer NAME().
struct Optimizer {
  std::string name;              ///< "SGD"
  std::string source;            ///< paper and equation
  double usual_learning_rate{};  ///< a hint for messages and help; nothing uses it as a default
  std::vector<Hyperparameter> hyperparameters;
  std::function<Update(const Hyperparameters&)> configure;

  /// Tells apart what an optimizer of this name was at different times, so that their results are not averaged: of a
  /// file that is no part of deepobs its checksum, which the build puts here; of a program's own optimizer whatever the
  /// program says. Empty for those of deepobs, which have its revision.
  std::string version = {};
};

/// Finds what is wrong with an optimizer's description, for whoever made it.
/// Errors (usage): a name that is empty, begins with '-' or holds control characters; no configure(); a hyperparameter
/// that is declared twice, whose name is no word of letters, digits and '_', or whose default is out of its range.
void check_optimizer(const Optimizer& optimizer);

/// The optimizers of kernels/optim in the order of their files' names, then those of DEEPOBS_EXTRA_OPTIMIZERS.
const std::vector<Optimizer>& optimizers();

/// Errors: an unknown name (usage), with the nearest known one.
const Optimizer& find_optimizer(std::string_view name);

/// A value for each hyperparameter: the given one or the standard.
/// Errors (usage): what check_optimizer() finds; an unknown name, a name twice, a value of another type (an integer will
/// do for a number) or number of components, one that is not finite or out of its range, values that do not fit together.
Hyperparameters resolve(const Optimizer& optimizer, std::span<const NamedValue> given = {});

/// Reads the value of a hyperparameter: "true", "False" or "1", "20", "1e-8", "0.9,0.999" or "(0.9, 0.999)".
/// Errors (usage): an unknown name; a text that is no such value.
NamedValue parse_hyperparameter(const Optimizer& optimizer, std::string_view name, std::string_view value);

/// Declares the optimizer's slots and carried scalars in the graph's store, as buffers "optimizer.NAME", and records
/// the one node that updates all parameters by their gradients. All parameters must have been declared.
///   shapes    parameters, gradients and every slot: the flat buffers of the store, f32; carried scalars [1] f64
///   formula   the optimizer's own, element by element; see its file
///   numerics  constants of a step are computed in double and rounded to float once; same bits for every number of
///             threads and instruction set
///   errors    (usage) a store without parameters; a second update of a graph; an optimizer without configure(), or
///             whose configure() makes no complete update
void record_update(Graph& graph, const Optimizer& optimizer, const Hyperparameters& hyperparameters,
                   GradientUse use = GradientUse::keep, Place at = Place::current());

}  // namespace deepobs
