#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/ops/gather/gather_rows.h"
#include "kernels/ops/gather_images/augment.h"
#include "kernels/ops/gather_images/gather_images.h"
#include "kernels/ops/gather_images/image_bytes.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

void scale(const std::uint8_t* bytes, std::int64_t count, float* y) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = scaled_byte(bytes[i]);
}

void standardise(const std::uint8_t* bytes, std::int64_t count, float* y) {
  constexpr std::int64_t piece = 1 << 16;  // 2^16 * 255^2 < 2^32
  std::uint64_t sum = 0, squares = 0;
  for (std::int64_t begin = 0; begin < count; begin += piece) {
    const std::int64_t end = begin + piece < count ? begin + piece : count;
    std::uint32_t piece_sum = 0, piece_squares = 0;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::uint32_t byte = bytes[i];
      piece_sum += byte;
      piece_squares += byte * byte;
    }
    sum += piece_sum;
    squares += piece_squares;
  }
  const ByteMap map = byte_map(sum, squares, count);
  for (std::int64_t i = 0; i < count; ++i) y[i] = mapped_byte(map, bytes[i]);
}

}  // namespace

void gather_images(const Call& call) {
  const auto& how = call.as<GatherImages>();
  const auto& shape = call.out[0].shape;
  const std::int64_t height = shape[1], width = shape[2], values = height * width * shape[3];
  const std::uint8_t* images = call.in[0].u8();
  float* y = call.out[0].f32();

  // A StepRows that all rows shared kept g++ 12 from making vectors of the loop over bytes: twice the time.
  const auto one = [&](std::int64_t k, Worker& worker) {
    const std::int64_t row = StepRows(call, how.batch)[k];
    const std::uint8_t* from = images + row * values;
    float* to = y + k * values;
    if (row < 0) {
      for (std::int64_t i = 0; i < values; ++i) to[i] = __builtin_nanf("");
    } else if (how.preprocess == Preprocess::scale) {
      scale(from, values, to);
    } else if (how.preprocess == Preprocess::standardise) {
      standardise(from, values, to);
    } else {
      const auto draws = draw_augmentation(call.step->seed, how.stream, static_cast<std::uint64_t>(call.step->step),
                                           static_cast<std::uint32_t>(k), how.flip);
      augment(from, static_cast<int>(height), static_cast<int>(width), draws, worker.scratch, to);
    }
  };

  // The rows lie anywhere in the data set, so some 4 KiB of them are fetched ahead of the work.
  const std::int64_t lead = 4096 / values + 1;
  const auto fetch = [&](std::int64_t k) {
    const std::int64_t row = k < how.batch ? StepRows(call, how.batch)[k] : -1;
    if (row < 0) return;
    for (std::int64_t byte = 0; byte < values; byte += 64) __builtin_prefetch(images + row * values + byte);
  };

  // A byte that is only scaled costs an eighth of an elementary step. Small batches are then made by one thread, often
  // the one that reads them next: between cores that share no cache, handing them over costs more than making them.
  const std::int64_t cost = how.preprocess == Preprocess::scale ? (values + 7) / 8 : values;
  const std::int64_t per_task = (parallel_grain + cost - 1) / cost;
  call.executor->run((how.batch + per_task - 1) / per_task, [&](std::int64_t task, Worker& worker) {
    const std::int64_t begin = task * per_task, end = begin + per_task < how.batch ? begin + per_task : how.batch;
    for (std::int64_t k = begin; k < begin + lead; ++k) fetch(k);
    for (std::int64_t k = begin; k < end; ++k) {
      fetch(k + lead);
      one(k, worker);
    }
  });
}

}  // namespace deepobs::DEEPOBS_ISA
