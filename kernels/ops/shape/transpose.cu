#include "kernels/cuda/floats.h"
#include "kernels/cuda/loops.h"
#include "kernels/cuda/turned_tile.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(transpose) {
  const std::int64_t rows = call.in[0].shape[0], columns = call.in[0].shape[1];
  const Floats x = call.in[0], y = call.out[0];
  const LaunchShape tiles{.blocks = blocks_of(rows, turned_tile) * blocks_of(columns, turned_tile),
                          .threads = turned_tile_threads};
  for_each_block(queue, tiles, [=] __device__(std::int64_t b) {
    turn_tile(
        rows, columns, b, [=](std::int64_t i) { return x[i]; }, [=](std::int64_t i, float value) { y.set(i, value); });
  });
}

}  // namespace deepobs
