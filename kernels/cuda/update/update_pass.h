#pragma once

#include <array>
#include <memory>
#include <new>

#include "engine/cuda/launch.h"
#include "kernels/cuda/product/pack.h"
#include "kernels/cuda/update/update_chunks.h"
#include "kernels/update/update_pass.h"

namespace deepobs {

namespace update_pass {

constexpr unsigned pass_threads = UpdateChunk::most / 4;  // four elements each

template <class Rule, std::size_t slots>
struct Pass {
  const typename Rule::Now* now;
  const UpdateChunk* chunks;
  float* p;
  const float* g;
  std::array<float*, slots> slot;
};

template <class Rule, std::size_t slots, std::size_t... slot>
__device__ void update_some(const typename Rule::Now& now, const Pass<Rule, slots>& pass, std::int64_t first, int count,
                            std::index_sequence<slot...>) {
  if (count == 4) {  // pieces begin where four floats are one load
    using Four = Pack<float, 4>;
    Four p = Four::load(pass.p + first), s[slots + 1]{Four::load(pass.slot[slot] + first)...};
    const Four g = Four::load(pass.g + first);
    DEEPOBS_UNROLL
    for (int k = 0; k < 4; ++k) Rule::update(now, p.at[k], g.at[k], s[slot].at[k]...);
    p.store(pass.p + first);
    (s[slot].store(pass.slot[slot] + first), ...);
  } else {
    for (std::int64_t i = first; i < first + count; ++i) Rule::update(now, pass.p[i], pass.g[i], pass.slot[slot][i]...);
  }
}

template <class Rule, std::size_t slots>
__global__ void pass_kernel(Pass<Rule, slots> pass) {
  const UpdateChunk chunk = pass.chunks[blockIdx.x];
  const int first = static_cast<int>(threadIdx.x) * 4, left = chunk.count - first;
  if (left <= 0) return;
  const typename Rule::Now now = *pass.now;  // a copy: no store to a parameter can change it
  update_some(now, pass, chunk.begin + first, left < 4 ? left : 4, std::make_index_sequence<slots>());
}

template <std::size_t carried>
struct CarriedScalars {
  std::array<double*, carried> at;
};

/// For one thread.
template <class Rule, std::size_t... carried>
__global__ void now_kernel(Rule rule, const StepBlock* step, typename Rule::Now* now,
                           CarriedScalars<sizeof...(carried)> scalars, std::index_sequence<carried...>) {
  new (now) typename Rule::Now(rule.now(*step, *scalars.at[carried]...));
}

template <class Rule>
void cuda_prepare_step(const Call& call, CudaQueue& queue, const UpdateMemory& memory) {
  [&]<std::size_t... carried>(std::index_sequence<carried...> all) {
    launch(queue, {.blocks = 1, .threads = 1}, now_kernel<Rule, carried...>, call.as<Configured<Rule>>().rule,
           call.step, static_cast<typename Rule::Now*>(memory.now),
           CarriedScalars<sizeof...(carried)>{{call.in[2 + slot_count<Rule> + carried].f64()...}}, all);
  }
  (std::make_index_sequence<carried_count<Rule>>());
}

template <class Rule>
void cuda_run(const Call& call, CudaQueue& queue, const UpdateMemory& memory) {
  constexpr std::size_t slots = slot_count<Rule>;
  [&]<std::size_t... slot>(std::index_sequence<slot...>) {
    launch(queue, {.blocks = memory.chunk_count, .threads = pass_threads}, pass_kernel<Rule, slots>,
           Pass<Rule, slots>{static_cast<const typename Rule::Now*>(memory.now),
                             memory.chunks,
                             call.in[0].f32(),
                             call.in[1].f32(),
                             {call.in[2 + slot].f32()...}});
  }
  (std::make_index_sequence<slots>());
}

template <class Rule>
constexpr CudaUpdate cuda_update{&cuda_prepare_step<Rule>, &cuda_run<Rule>, sizeof(typename Rule::Now)};

}  // namespace update_pass
}  // namespace deepobs
