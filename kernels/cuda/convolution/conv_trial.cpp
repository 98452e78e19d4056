#include "kernels/cuda/convolution/conv_trial.h"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <vector>

#include "engine/base/check.h"
#include "engine/cuda/choices/measuring.h"
#include "engine/cuda/choices/trial_memory.h"
#include "engine/cuda/cuda_check.h"
#include "kernels/cuda/convolution/conv_check.h"

namespace deepobs {
namespace {

constexpr const char* doing = "trying a convolution";

}  // namespace

/// The device's memory for trials serves one at a time, so all is asked for at once, and again when it is too little.
void ConvTrial::take_memory(std::int64_t scratch_bytes) {
  if (scratch_bytes <= scratch_bytes_) return;
  const auto pieces = queue_.trial_memory->pieces(
      queue_.stream, {task_.x_elements() * bytes_of(task_.type), task_.w_elements() * bytes_of(task_.filter_type()),
                      task_.y_elements() * bytes_of(task_.type),
                      most_samples * static_cast<std::int64_t>(sizeof(float)), scratch_bytes});
  x_ = pieces[0], w_ = pieces[1], y_ = pieces[2], errors_ = pieces[3], scratch_ = pieces[4];
  scratch_bytes_ = scratch_bytes;
}

void ConvTrial::run(const ArrangedConv& conv, std::size_t piece) {
  CudaQueue other = queue_;
  other.piece = piece;
  conv.run(other, {x_, w_, y_}, static_cast<std::byte*>(scratch_));
  check_cuda(cudaGetLastError(), doing);
}

std::string ConvTrial::trouble(const ArrangedConv& conv) {
  take_memory(conv.scratch_bytes());
  const bool exact = task_.precision == Precision::fp32;
  try {
    // Each time by another handle, so that all three have run it.
    const float whole = worst_error(conv, 0, true, false);
    if (whole > (exact ? 0.f : 0x1p-8f)) return text("sums of whole numbers are wrong by ", whole);
    if (worst_error(conv, 1, true, true) > (exact ? 0.f : 0x1p-8f)) return "a NaN is lost, or spreads";
    const float reals = worst_error(conv, 2, false, false);
    if (reals > (exact ? 24 * 0x1p-24f : 0x1p-8f)) return text("sums are wrong by ", reals);
  } catch (const Error& error) {  // one that was promised and does not run
    if (error.fault() == Fault::memory) throw;
    return error.what();
  }
  return {};
}

float ConvTrial::worst_error(const ArrangedConv& conv, std::size_t piece, bool whole, bool with_nans) {
  const ConvGeometry& g = task_.geometry;
  const Floats x(x_, task_.type), w(w_, task_.filter_type()), y(y_, task_.type);
  const bool narrow = task_.type == Type::bf16;
  // One image, or for weights one output channel, is NaN.
  const std::int64_t of_x = task_.x_elements() / g.n, of_y = task_.y_elements() / g.n;
  TrialNumbers first{.whole = whole, .size = 0x1p40f, .stream = 1},
      second{.whole = whole, .size = 0x1p-40f, .stream = 2};
  if (task_.direction == ConvDirection::forward) {
    if (with_nans) first.nans = of_x, first.nan_every = task_.x_elements();
    fill_on_gpu(queue_, x, task_.x_elements(), narrow, first);
    fill_on_gpu(queue_, w, task_.w_elements(), narrow, second);
  } else if (task_.direction == ConvDirection::data_gradient) {
    if (with_nans) first.nans = of_y, first.nan_every = task_.y_elements();
    fill_on_gpu(queue_, y, task_.y_elements(), narrow, first);
    fill_on_gpu(queue_, w, task_.w_elements(), narrow, second);
  } else {
    if (with_nans) second.nans = 1, second.nan_every = g.c_out;
    fill_on_gpu(queue_, x, task_.x_elements(), narrow, first);
    fill_on_gpu(queue_, y, task_.y_elements(), narrow, second);
  }
  run(conv, piece);
  const std::int64_t elements = task_.direction == ConvDirection::forward         ? task_.y_elements()
                                : task_.direction == ConvDirection::data_gradient ? task_.x_elements()
                                                                                  : task_.w_elements();
  sample_errors_on_gpu(queue_, task_.direction, {g, x, w, y, FilterPlaces::of(g, task_.order)}, elements,
                       static_cast<float*>(errors_));
  std::vector<float> errors(static_cast<std::size_t>(samples_of(elements)));
  check_cuda(
      cudaMemcpyAsync(errors.data(), errors_, errors.size() * sizeof(float), cudaMemcpyDeviceToHost, queue_.stream),
      doing);
  check_cuda(cudaStreamSynchronize(queue_.stream), doing);
  return *std::ranges::max_element(errors);
}

double ConvTrial::microseconds(const ArrangedConv& conv) {
  return measured_microseconds(queue_.stream, [&] { run(conv, 0); });
}

}  // namespace deepobs
