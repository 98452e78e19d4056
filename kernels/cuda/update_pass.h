#pragma once

#include <array>
#include <memory>
#include <new>

#include "engine/cuda/launch.h"
#include "kernels/cuda/update_chunks.h"
#include "kernels/update_pass.h"

namespace deepobs {

namespace update_pass {

constexpr unsigned pass_threads = UpdateChunk::most / 4;  // four elements each

template <class Rule, std::size_t slots>
struct Pass {
  Rule rule;
  const StepBlock* step;
  const typename Rule::Now* now;  // null: every block computes it for itself
  const UpdateChunk* chunks;
  float* p;
  const float* g;
  std::array<float*, slots> slot;
};

template <class Rule, std::size_t slots, std::size_t... slot>
__device__ void update_some(const typename Rule::Now& now, const Pass<Rule, slots>& pass, std::int64_t first, int count,
                            std::index_sequence<slot...>) {
  if (count == 4) {  // pieces begin where four floats are one load
    alignas(float4) float p[4], g[4], s[slots + 1][4];
    *reinterpret_cast<float4*>(p) = *reinterpret_cast<const float4*>(pass.p + first);
    *reinterpret_cast<float4*>(g) = *reinterpret_cast<const float4*>(pass.g + first);
    ((*reinterpret_cast<float4*>(s[slot]) = *reinterpret_cast<const float4*>(pass.slot[slot] + first)), ...);
    for (int k = 0; k < 4; ++k) Rule::update(now, p[k], g[k], s[slot][k]...);
    *reinterpret_cast<float4*>(pass.p + first) = *reinterpret_cast<float4*>(p);
    ((*reinterpret_cast<float4*>(pass.slot[slot] + first) = *reinterpret_cast<float4*>(s[slot])), ...);
  } else {
    for (std::int64_t i = first; i < first + count; ++i) Rule::update(now, pass.p[i], pass.g[i], pass.slot[slot][i]...);
  }
}

template <class Rule, std::size_t slots>
__global__ void pass_kernel(Pass<Rule, slots> pass) {
  using Now = typename Rule::Now;
  // Bytes: a Now may have initial values of its own, which memory of a block must not.
  alignas(Now) __shared__ unsigned char room[sizeof(Now)];
  const Now* now = pass.now;
  if constexpr (carried_count<Rule> == 0) {
    if (threadIdx.x == 0) new (room) Now(pass.rule.now(*pass.step));
    __syncthreads();
    now = reinterpret_cast<const Now*>(room);
  }
  const UpdateChunk chunk = pass.chunks[blockIdx.x];
  const int first = static_cast<int>(threadIdx.x) * 4, left = chunk.count - first;
  if (left <= 0) return;
  update_some(*now, pass, chunk.begin + first, left < 4 ? left : 4, std::make_index_sequence<slots>());
}

template <std::size_t carried>
struct CarriedScalars {
  std::array<double*, carried> at;
};

/// Where scalars are carried from step to step, one thread computes the step's numbers and changes them, once.
template <class Rule, std::size_t... carried>
__global__ void now_kernel(Rule rule, const StepBlock* step, typename Rule::Now* now,
                           CarriedScalars<sizeof...(carried)> scalars, std::index_sequence<carried...>) {
  new (now) typename Rule::Now(rule.now(*step, *scalars.at[carried]...));
}

template <class Rule, std::size_t... slot, std::size_t... carried>
void cuda_run(const Call& call, CudaQueue& queue, const UpdateMemory& memory, std::index_sequence<slot...>,
              std::index_sequence<carried...> all_carried) {
  constexpr std::size_t slots = sizeof...(slot);
  const Rule& rule = call.as<Configured<Rule>>().rule;
  Pass<Rule, slots> pass{
      rule, call.step, nullptr, memory.chunks, call.in[0].f32(), call.in[1].f32(), {call.in[2 + slot].f32()...}};
  if constexpr (sizeof...(carried) > 0) {
    auto* now = static_cast<typename Rule::Now*>(memory.now);
    launch(queue, {.blocks = 1, .threads = 1}, now_kernel<Rule, carried...>, rule, call.step, now,
           CarriedScalars<sizeof...(carried)>{{call.in[2 + slots + carried].f64()...}}, all_carried);
    pass.now = now;
  }
  launch(queue, {.blocks = memory.chunk_count, .threads = pass_threads}, pass_kernel<Rule, slots>, pass);
}

template <class Rule>
void cuda_run(const Call& call, CudaQueue& queue, const UpdateMemory& memory) {
  cuda_run<Rule>(call, queue, memory, std::make_index_sequence<slot_count<Rule>>(),
                 std::make_index_sequence<carried_count<Rule>>());
}

template <class Rule>
constexpr CudaUpdate cuda_update{&cuda_run<Rule>, sizeof(typename Rule::Now)};

}  // namespace update_pass
}  // namespace deepobs
