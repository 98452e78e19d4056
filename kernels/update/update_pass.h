#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include "engine/tensor/host_device.h"
#include "kernels/update/optimizer.h"

/// Marks the functions of a rule: they are compiled into the loop of every instruction set, and for a GPU where there
/// is one.
#if defined(__CUDACC__)
#define DEEPOBS_FN __host__ __device__ inline
#else
#define DEEPOBS_FN [[gnu::always_inline]] inline
#endif

namespace deepobs {

/// What an optimizer's file writes: a plain struct with its constants in double, and two functions.
///
///   struct Momentum {
///     double momentum;
///     struct Now { float rate, momentum; };                        // what an element needs, rounded to float once
///     DEEPOBS_FN Now now(const StepBlock& step) const {            // called once a step, in double
///       return {rounded(step.learning_rate), rounded(momentum)};
///     }
///     DEEPOBS_FN static void update(const Now& n, float& p, float g, float& buffer) {  // called for every element
///       buffer = n.momentum * buffer + g;
///       p -= n.rate * buffer;
///     }
///   };
///
/// update() has a float& more for each slot, now() a double& for each carried scalar, which it may change. step.step
/// counts from 0; what depends on the first learning rate is set when it is 0. update() is float arithmetic without
/// calls beyond sqrt, fabs and copysign, and chooses by ?:, so that the compiler makes vectors of it.
template <class Rule>
concept UpdateRule = requires {
  typename Rule::Now;
  &Rule::now;
  &Rule::update;
};

DEEPOBS_FN constexpr float rounded(double value) { return static_cast<float>(value); }

namespace update_pass {

// How many slots and carried scalars a rule has, from the parameters of its two functions.
template <class Function>
struct Count;
template <class Now, class... Slots>
struct Count<void (*)(const Now&, float&, float, Slots...)> {
  static_assert((std::same_as<Slots, float&> && ...), "update(const Now&, float& p, float g, float& slot, ...)");
  static constexpr std::size_t value = sizeof...(Slots);
};
template <class Now, class Rule, class... Carried>
struct Count<Now (Rule::*)(const StepBlock&, Carried...) const> {
  static_assert((std::same_as<Carried, double&> && ...), "now(const StepBlock&, double& carried, ...) const");
  static constexpr std::size_t value = sizeof...(Carried);
};
template <class Rule>
constexpr std::size_t slot_count = Count<decltype(&Rule::update)>::value;
template <class Rule>
constexpr std::size_t carried_count = Count<decltype(&Rule::now)>::value;

/// One piece of the flat buffers. The buffers do not overlap, and a store to one cannot change the copy of `given`.
template <class Rule, class... Slot>
DEEPOBS_FN void update_elements(const typename Rule::Now& given, std::int64_t count, float* __restrict p,
                                const float* __restrict g, Slot* __restrict... slot) {
  const typename Rule::Now now = given;
  for (std::int64_t i = 0; i < count; ++i) Rule::update(now, p[i], g[i], slot[i]...);
}

// The same loop for each instruction set. They stand in one object file, unlike the ops' bodies, so that the file of an
// optimizer needs no flags of its own; calls below the loop are inlined, so no code of one set can reach another.
template <class Rule, Isa isa>
struct Loop {
  template <class... Slot>
  static void run(const typename Rule::Now& now, std::int64_t count, float* p, const float* g, Slot*... slot) {
    update_elements<Rule>(now, count, p, g, slot...);
  }
};
#if defined(__x86_64__) && !defined(__CUDACC__)
#if defined(__clang__)
#define DEEPOBS_AVX512 "avx512f,avx512vl,avx512bw,avx512dq,fma"
#else  // which prefers half vectors unless told
#define DEEPOBS_AVX512 "avx512f,avx512vl,avx512bw,avx512dq,fma,prefer-vector-width=512"
#endif
template <class Rule>
struct Loop<Rule, Isa::avx2> {
  template <class... Slot>
  [[gnu::target("avx2,fma")]] static void run(const typename Rule::Now& now, std::int64_t count, float* p,
                                              const float* g, Slot*... slot) {
    update_elements<Rule>(now, count, p, g, slot...);
  }
};
template <class Rule>
struct Loop<Rule, Isa::avx512> {
  template <class... Slot>
  [[gnu::target(DEEPOBS_AVX512)]] static void run(const typename Rule::Now& now, std::int64_t count, float* p,
                                                  const float* g, Slot*... slot) {
    update_elements<Rule>(now, count, p, g, slot...);
  }
};
#undef DEEPOBS_AVX512
#endif

/// The attributes of an update. Code that does not know the rule sees the site alone.
template <class Rule>
struct Configured : UpdateSite {
  Rule rule;
};

template <class Rule, Isa isa, std::size_t... slot, std::size_t... carried>
void run(const Call& call, std::index_sequence<slot...>, std::index_sequence<carried...>) {
  const auto& configured = call.as<Configured<Rule>>();
  const UpdateCut& cut = configured.cut;
  const typename Rule::Now now = configured.rule.now(*call.step, *call.in[2 + sizeof...(slot) + carried].f64()...);
  const auto task = [&](std::int64_t t, Worker&) {
    const auto first = static_cast<std::size_t>(t);
    for (std::int64_t i = cut.tasks[first]; i < cut.tasks[first + 1]; ++i) {
      const auto [begin, count] = cut.pieces[static_cast<std::size_t>(i)];
      Loop<Rule, isa>::run(now, count, call.in[0].f32() + begin, call.in[1].f32() + begin,
                           call.in[2 + slot].f32() + begin...);
    }
  };
  if (cut.task_count() > 1) return call.executor->run(cut.task_count(), task);
  Worker none;
  task(0, none);
}

template <class Rule, Isa isa>
void body(const Call& call) {
  run<Rule, isa>(call, std::make_index_sequence<slot_count<Rule>>(), std::make_index_sequence<carried_count<Rule>>());
}

#if defined(DEEPOBS_FOR_GPU)  // nothing is recorded there
template <class Rule>
constexpr std::array<Body, isa_count> bodies{};
inline constexpr Cost (*cost)(const Node&) = nullptr;
#elif defined(__x86_64__)
template <class Rule>
constexpr std::array<Body, isa_count> bodies{&body<Rule, Isa::portable>, &body<Rule, Isa::avx2>,
                                             &body<Rule, Isa::avx512>};
#else
template <class Rule>
constexpr std::array<Body, isa_count> bodies{&body<Rule, Isa::portable>, nullptr, nullptr};
#endif
#if !defined(DEEPOBS_FOR_GPU)
inline constexpr Cost (*cost)(const Node&) = cost_of_update;
#endif

/// Parameters, gradients, slots; carried scalars, which are the only ones in double.
template <class Rule>
constexpr auto list_operands() {
  constexpr std::size_t flat = 2 + slot_count<Rule>;
  std::array<Operand, flat + carried_count<Rule>> all{Operand{"the parameters"}, Operand{"the gradients"}};
  for (std::size_t i = 2; i < all.size(); ++i)
    all[i] = i < flat ? Operand{"a slot"} : Operand{"a carried scalar", Type::f64};
  return all;
}
template <class Rule>
constexpr auto operands = list_operands<Rule>();

template <class Rule>
constexpr Op op{.name = "update",
                .operands = operands<Rule>,
                .cpu = bodies<Rule>,
                .changes = ~0b10u,  // all but the gradients
                .cost = cost};

template <class Rule>
void set_now(const void* attributes, const StepBlock& step, RangeUpdate::Now& now) {
  using Now = typename Rule::Now;
  static_assert(sizeof(Now) <= sizeof now.bytes && std::is_trivially_copyable_v<Now>);
  ::new (now.bytes) Now(static_cast<const Configured<Rule>*>(attributes)->rule.now(step));
}

template <class Rule, Isa isa>
void run_range(const RangeUpdate::Now& now, std::int64_t count, float* p, const float* g, float* const* slots) {
  constexpr auto all = std::make_index_sequence<slot_count<Rule>>();
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    (void)slots;
    Loop<Rule, isa>::run(*std::launder(reinterpret_cast<const typename Rule::Now*>(now.bytes)), count, p, g,
                         slots[i]...);
  }
  (all);
}

#if defined(__x86_64__)
template <class Rule>
constexpr RangeUpdate range{
    slot_count<Rule>,
    set_now<Rule>,
    {&run_range<Rule, Isa::portable>, &run_range<Rule, Isa::avx2>, &run_range<Rule, Isa::avx512>}};
#else
template <class Rule>
constexpr RangeUpdate range{slot_count<Rule>, set_now<Rule>, {&run_range<Rule, Isa::portable>, nullptr, nullptr}};
#endif

template <class Rule>
constexpr const RangeUpdate* range_of() {
  if constexpr (carried_count<Rule> == 0 && slot_count<Rule> <= RangeUpdate::most_slots) return &range<Rule>;
  return nullptr;
}

}  // namespace update_pass
}  // namespace deepobs

#if defined(DEEPOBS_FOR_GPU)
#include "kernels/cuda/update/update_pass.h"
#endif

namespace deepobs {

/// The rule as one fused pass over the flat buffers. The states are listed in the order of the functions' parameters,
/// as {"name"} or {"name", initial value}.
/// Errors (internal): not as many states as the functions have parameters for them.
template <UpdateRule Rule>
Update flat_update(const Rule& rule, std::vector<OptimizerState> slots = {}, std::vector<OptimizerState> carried = {}) {
  using namespace update_pass;
  require(slots.size() == slot_count<Rule> && carried.size() == carried_count<Rule>, Fault::internal,
          "the rule's functions take ", slot_count<Rule>, " slots and ", carried_count<Rule>,
          " carried scalars, named are ", slots.size(), " and ", carried.size());
  const auto attributes = [rule](UpdateSite site) {
    return Attributes::of<Configured<Rule>, UpdateSite>({std::move(site), rule});
  };
#if defined(DEEPOBS_FOR_GPU)
  return {&op<Rule>, std::move(slots),   std::move(carried), attributes,
          nullptr,   &cuda_update<Rule>, new_rule_identity()};
#else
  return {&op<Rule>, std::move(slots), std::move(carried), attributes, range_of<Rule>(), nullptr, new_rule_identity()};
#endif
}

}  // namespace deepobs
