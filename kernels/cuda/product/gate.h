#pragma once

#include "kernels/cuda/vector_loops.h"

namespace deepobs {

// For data gradients in front of a relu with output `gate`: they are 0 where the gate is not positive. A NaN lets pass.

template <class G, class T>
__device__ static inline T gated(G gate, T dx) {
  return f32_of(gate) <= 0.f ? element_of<T>(0.f) : dx;
}

struct Gate {
  __device__ float operator()(float gate, float dx) const { return gated(gate, dx); }
};

inline void gate_on_gpu(const CudaQueue& queue, const Floats& gate, const Floats& dx, std::int64_t count) {
  map_elements(queue, count, dx, Gate(), gate, dx);
}

}  // namespace deepobs
