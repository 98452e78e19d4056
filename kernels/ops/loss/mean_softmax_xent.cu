#include <memory>

#include "kernels/cuda/floats.h"
#include "kernels/cuda/last_block.h"
#include "kernels/cuda/loops.h"
#include "kernels/ops/loss/mean_softmax_xent_attributes.h"
#include "kernels/ops/loss/softmax_row.h"

namespace deepobs {
namespace {

constexpr int warps = 8;                   // of a block; a warp has a row at a time
constexpr std::int64_t most_blocks = 264;  // two for each multiprocessor of the largest GPUs

std::int64_t blocks_for(std::int64_t rows) {
  const std::int64_t all = blocks_of(rows, warps);
  return all < most_blocks ? all : most_blocks;
}

/// A log and what it gets.
struct Log {
  float* at;
  std::int64_t places;
  BatchScalar of;
};

/// What becomes of the sums over the mini-batch.
struct BatchNumbers {
  const StepBlock* step;
  double rows;
  const float* penalty;  // null: none
  float* objective;
  Log log[MeanSoftmaxXentAttributes::most_logs];
  int logs;

  __device__ void note(double losses, double hits) const {
    const auto loss = static_cast<float>(losses / rows);
    const float sum = penalty ? loss + *penalty : loss;
    *objective = sum;
    for (int i = 0; i < logs; ++i) {
      if (step->batch < 0 || step->batch >= log[i].places) continue;
      const BatchScalar of = log[i].of;
      log[i].at[step->batch] = of == BatchScalar::loss        ? loss
                               : of == BatchScalar::objective ? sum
                                                              : static_cast<float>(hits / rows);
    }
  }
};

/// Some rows of the mini-batch. Nothing is stored between the passes over a row: its exponentials are computed twice.
struct Rows {
  const float* logits;
  const std::int32_t* labels;
  std::int64_t rows, classes;
  float dloss;
  Floats dlogits;
  bool gradient;
  BlockParts losses;
  double* hits;  // of each block
  BatchNumbers numbers;

  __device__ void operator()(std::int64_t block) const {
    const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
    double my_losses = 0., my_hits = 0.;  // in lane 0 of every warp
    for (std::int64_t n = block * warps + warp; n < rows; n += static_cast<std::int64_t>(gridDim.x) * warps)
      add_row(n, lane, my_losses, my_hits);
    my_losses = block_sum(lane == 0 ? my_losses : 0.);
    my_hits = block_sum(lane == 0 ? my_hits : 0.);
    if (gridDim.x == 1) {
      if (threadIdx.x == 0) numbers.note(my_losses, my_hits);
      return;
    }
    if (threadIdx.x == 0) {
      losses.part[block] = my_losses;
      hits[block] = my_hits;
    }
    if (!is_last_block(losses.arrived, gridDim.x)) return;
    const double all = block_sum_terms(0, gridDim.x, [this](std::int64_t b) { return losses.part[b]; });
    const double right = block_sum_terms(0, gridDim.x, [this](std::int64_t b) { return hits[b]; });
    if (threadIdx.x == 0) numbers.note(all, right);
  }

  __device__ void add_row(std::int64_t n, int lane, double& my_losses, double& my_hits) const {
    const float* x = logits + n * classes;
    const std::int32_t label = labels[n];
    const bool valid = label >= 0 && label < classes;
    const float at_label = valid ? x[label] : __builtin_nanf("");
    float most = -__builtin_inff();
    bool won = true;
    for (std::int64_t k = lane; k < classes; k += 32) {
      most = x[k] > most ? x[k] : most;  // not a NaN
      won &= label_wins(at_label, label, x[k], k);
    }
    most = over_warp(most, [](float a, float b) { return a > b ? a : b; });
    double sum = 0.;
    for (std::int64_t k = lane; k < classes; k += 32) sum += static_cast<double>(exp_f32(x[k] - most));
    const SoftmaxRow row = softmax_row(most, warp_sum(sum));
    won = __all_sync(0xffffffffu, won);
    my_losses += static_cast<double>(loss_of(row, at_label));
    my_hits += won ? 1. : 0.;
    if (!gradient) return;
    const float weight = valid ? dloss : __builtin_nanf("");
    for (std::int64_t k = lane; k < classes; k += 32)
      dlogits.set(n * classes + k, weight * (probability_of(row, x[k]) - (k == label ? 1.f : 0.f)));
  }
};

}  // namespace

DEEPOBS_CUDA_PREPARE(mean_softmax_xent) {
  auto prepared = std::make_unique<CudaPrepared>();
  const std::int64_t blocks = blocks_for(call.in[0].shape[0]);
  prepared->kept_bytes = BlockParts::bytes(2 * blocks);
  return prepared.release();
}

DEEPOBS_CUDA_BODY(mean_softmax_xent) {
  const auto& how = call.as<MeanSoftmaxXentAttributes>();
  const std::int64_t rows = call.in[0].shape[0], blocks = blocks_for(rows);
  const BlockParts losses(queue.kept);
  Rows all{.logits = call.in[0].f32(),
           .labels = call.in[1].i32(),
           .rows = rows,
           .classes = call.in[0].shape[1],
           .dloss = how.dloss,
           .dlogits = call.out.size() > 1 ? Floats(call.out[1]) : Floats(),
           .gradient = call.out.size() > 1,
           .losses = losses,
           .hits = losses.part + blocks,
           .numbers = {.step = call.step,
                       .rows = static_cast<double>(rows),
                       .penalty = how.penalty ? call.in[2].f32() : nullptr,
                       .objective = call.out[0].f32(),
                       .log = {},
                       .logs = how.logs}};
  for (int i = 0; i < how.logs; ++i) {
    const View& log = call.in[how.first_log() + static_cast<std::size_t>(i)];
    all.numbers.log[i] = {log.f32(), log.elements(), how.logged[static_cast<std::size_t>(i)]};
  }
  for_each_block(queue, {.blocks = blocks, .threads = warps * 32}, all);
}

}  // namespace deepobs
