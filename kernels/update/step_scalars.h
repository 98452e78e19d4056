#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/update/update_pass.h"

namespace deepobs {

/// A rule for numbers that a step needs once, and not for every element. An optimizer's file writes it as a plain
/// struct with its constants in double, and one function, which a GPU calls too.
///
///   struct StepSize {
///     double beta;
///     struct Now { float size, share; };                                          // the results, in this order
///     DEEPOBS_FN Now now(const StepBlock& step, float norm, double& sum) const {  // once a step, in double
///       sum += norm;
///       return {rounded(step.learning_rate / sum), rounded(1 - beta)};
///     }
///   };
///
/// now() has a float for each input, a scalar of the graph, and behind them a double& for each carried scalar, which it
/// may change and which is part of the optimizer's state. StepBlock explains step.step, step.learning_rate,
/// step.base_learning_rate and step.total_steps: a rate that changes from step to step is computed here.
template <class Rule>
concept ScalarRule = requires {
  typename Rule::Now;
  &Rule::now;
};

namespace step_scalars_detail {

template <class Function>
struct Signature;
template <class Now, class Rule, class... Given>
struct Signature<Now (Rule::*)(const StepBlock&, Given...) const> {
  static constexpr std::size_t inputs = (std::size_t{0} + ... + std::size_t{std::same_as<Given, float>});
  static constexpr std::size_t carried = (std::size_t{0} + ... + std::size_t{std::same_as<Given, double&>});
  static constexpr bool floats_first() {
    constexpr std::array<bool, sizeof...(Given) + 1> is_float{std::same_as<Given, float>..., false};
    for (std::size_t i = 0; i != inputs; ++i)
      if (!is_float[i]) return false;
    return true;
  }
  static_assert(inputs + carried == sizeof...(Given) && floats_first(),
                "now(const StepBlock&, float input, ..., double& carried, ...) const");
  static_assert(inputs < 32, "Op::changes has a bit for each of 32 operands");
};
template <class Rule>
using SignatureOf = Signature<decltype(&Rule::now)>;

template <class Now, std::size_t... i>
constexpr bool is_of_floats(std::index_sequence<i...>) {
  return requires { Now{(static_cast<void>(i), 0.f)...}; };
}
template <class Rule>
constexpr std::size_t results = sizeof(typename Rule::Now) / sizeof(float);

/// The results as they lie in memory, one behind the other.
template <class Rule>
struct Results {
  using Now = typename Rule::Now;
  static_assert(std::is_trivially_copyable_v<Now> && sizeof(Now) == results<Rule> * sizeof(float) &&
                    alignof(Now) == alignof(float) && is_of_floats<Now>(std::make_index_sequence<results<Rule>>()),
                "struct Now { float first, second, ...; }");
  Now now;
  DEEPOBS_FN float at(std::size_t i) const { return reinterpret_cast<const float*>(&now)[i]; }
};

template <class Rule>
struct Pointers {
  std::array<const float*, SignatureOf<Rule>::inputs + 1> input{};  // one more: none may be empty
  std::array<double*, SignatureOf<Rule>::carried + 1> carried{};
  std::array<float*, results<Rule>> result{};
};
template <class Rule>
Pointers<Rule> pointers_of(const Call& call) {
  constexpr std::size_t inputs = SignatureOf<Rule>::inputs;
  Pointers<Rule> all;
  for (std::size_t i = 0; i != inputs; ++i) all.input[i] = call.in[i].f32();
  for (std::size_t i = inputs; i < call.in.size(); ++i) all.carried[i - inputs] = call.in[i].f64();
  for (std::size_t i = 0; i < results<Rule>; ++i) all.result[i] = call.out[i].f32();
  return all;
}

template <class Rule, std::size_t... input, std::size_t... carried>
DEEPOBS_FN void compute(const Rule& rule, const StepBlock& step, const Pointers<Rule>& at,
                        std::index_sequence<input...>, std::index_sequence<carried...>) {
  const Results<Rule> made{rule.now(step, *at.input[input]..., *at.carried[carried]...)};
  for (std::size_t i = 0; i < results<Rule>; ++i) *at.result[i] = made.at(i);
}
template <class Rule>
DEEPOBS_FN void compute(const Rule& rule, const StepBlock& step, const Pointers<Rule>& at) {
  compute<Rule>(rule, step, at, std::make_index_sequence<SignatureOf<Rule>::inputs>(),
                std::make_index_sequence<SignatureOf<Rule>::carried>());
}

using update_pass::Configured;

template <class Rule>
void body(const Call& call) {
  compute<Rule>(call.as<Configured<Rule>>().rule, *call.step, pointers_of<Rule>(call));
}

#if defined(DEEPOBS_FOR_GPU)  // nothing is recorded there
template <class Rule>
constexpr std::array<Body, isa_count> bodies{};
#else
template <class Rule>
constexpr std::array<Body, isa_count> bodies = any_isa(&body<Rule>);
#endif

template <class Rule>
constexpr auto list_operands() {
  constexpr std::size_t inputs = SignatureOf<Rule>::inputs;
  std::array<Operand, inputs + SignatureOf<Rule>::carried + 1> all{};
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = i + 1 <= inputs ? Operand{"an input"} : Operand{"a carried scalar", Type::f64};
  return all;
}
template <class Rule>
constexpr auto operands = list_operands<Rule>();

template <class Rule>
constexpr std::uint32_t changes = SignatureOf<Rule>::carried == 0 ? 0u : ~0u << SignatureOf<Rule>::inputs;

template <class Rule>
constexpr Op op{.name = "step_scalars", .operands = operands<Rule>, .cpu = bodies<Rule>, .changes = changes<Rule>};

}  // namespace step_scalars_detail
}  // namespace deepobs

#if defined(DEEPOBS_FOR_GPU)
#include "kernels/cuda/update/step_scalars.h"
#endif

namespace deepobs {

/// The rule, ready to be recorded by UpdateScope::scalars(). The carried scalars are listed in the order of now()'s
/// parameters, as {"name"} or {"name", initial value}.
/// Errors (internal): not as many as now() has parameters for them.
template <ScalarRule Rule>
StepScalars step_scalars(const Rule& rule, std::vector<OptimizerState> carried = {}) {
  using namespace step_scalars_detail;
  using Of = SignatureOf<Rule>;
  require(carried.size() == Of::carried, Fault::internal, "the rule's now() takes ", Of::carried,
          " carried scalars, named are ", carried.size());
  return {
    .op = &op<Rule>, .inputs = Of::inputs, .results = results<Rule>, .carried = std::move(carried),
    .attributes =
        [rule](UpdateSite site) {
          return Attributes::of<Configured<Rule>, UpdateSite>({std::move(site), rule});
        },
#if defined(DEEPOBS_FOR_GPU)
    .cuda = &cuda_run<Rule>,
#endif
    .identity = new_rule_identity()
  };
}

}  // namespace deepobs
