#include "kernels/cuda/convolution/arranged_conv.h"

#include "engine/base/check.h"
#include "kernels/cuda/convolution/conv_layout.h"

namespace deepobs {

LibraryConv asked_of_library(const ConvTask& task, const ConvChoice& choice) {
  LibraryConv conv{task.geometry, task.direction, task.type, task.precision, choice.nchw};
  if (choice.channels > 0) conv.geometry.c_in = choice.channels;
  return conv;
}

ArrangedConv::ArrangedConv(const ConvTask& task, const ConvChoice& choice)
    : task_(task), choice_(choice), channels_(choice.channels > 0 ? choice.channels : task.geometry.c_in) {
  const ConvGeometry& g = task.geometry;
  const std::int64_t width = bytes_of(task.type), taps = g.kh * g.kw;
  const bool padded = channels_ != g.c_in;
  // Where an image has one channel, or one pixel, both orders are the same.
  x_.moves = padded || (choice.nchw && g.c_in > 1 && g.h * g.w > 1);
  y_.moves = choice.nchw && g.c_out > 1 && g.out_h * g.out_w > 1;
  w_.moves = padded || task.order != FilterOrder::krsc || (choice.nchw && g.c_in > 1 && taps > 1);
  if (x_.moves) x_.bytes = aligned(g.n * g.h * g.w * channels_ * width);
  if (y_.moves) y_.bytes = aligned(task.y_elements() * width);
  if (w_.moves) w_.bytes = aligned(taps * channels_ * g.c_out * width);
}

std::unique_ptr<ArrangedConv> ArrangedConv::make(CudaQueue& queue, const ConvTask& task, const ConvChoice& choice) {
  if (choice.channels > 0 && (choice.nchw || choice.channels <= task.geometry.c_in)) return nullptr;
  std::unique_ptr<ArrangedConv> made(new ArrangedConv(task, choice));
  for (const auto* interface : cudnn_interfaces)
    if (!made->plan_) made->plan_ = interface->plan(queue, asked_of_library(task, choice), choice.plan);
  if (!made->plan_ || made->plan_->workspace_bytes > most_workspace) return nullptr;
  return made;
}

std::int64_t ArrangedConv::scratch_bytes() const { return x_.bytes + y_.bytes + w_.bytes + plan_->workspace_bytes; }

void* ArrangedConv::Place::in(std::byte*& scratch, void* ours) const {
  if (!moves) return ours;
  void* const place = scratch;
  scratch += bytes;
  return place;
}

void ArrangedConv::run(CudaQueue& queue, const ConvMemory& memory, std::byte* scratch) const {
  void* const x = x_.in(scratch, memory.x);
  void* const y = y_.in(scratch, memory.y);
  void* const w = w_.in(scratch, memory.w);
  if (task_.direction != ConvDirection::data_gradient) arrange_x(queue, memory.x, x, false);
  if (task_.direction != ConvDirection::weight_gradient) arrange_w(queue, memory.w, w, false);
  if (task_.direction != ConvDirection::forward) arrange_y(queue, memory.y, y, false);
  plan_->run(queue, {x, w, y}, scratch);
  if (task_.direction == ConvDirection::data_gradient) arrange_x(queue, memory.x, x, true);
  if (task_.direction == ConvDirection::weight_gradient) arrange_w(queue, memory.w, w, true);
  if (task_.direction == ConvDirection::forward) arrange_y(queue, memory.y, y, true);
}

void ArrangedConv::arrange_x(const CudaQueue& queue, void* ours, void* plans, bool back) const {
  if (!x_.moves) return;
  const ConvGeometry& g = task_.geometry;
  const std::int64_t pixels = g.h * g.w;
  if (choice_.nchw && back)
    transpose_images_on_gpu(queue, task_.type, plans, g.n, g.c_in, pixels, ours);
  else if (choice_.nchw)
    transpose_images_on_gpu(queue, task_.type, ours, g.n, pixels, g.c_in, plans);
  else if (back)
    resize_channels_on_gpu(queue, Floats(plans, task_.type), g.n * pixels, channels_, Floats(ours, task_.type), g.c_in);
  else
    resize_channels_on_gpu(queue, Floats(ours, task_.type), g.n * pixels, g.c_in, Floats(plans, task_.type), channels_);
}

void ArrangedConv::arrange_y(const CudaQueue& queue, void* ours, void* plans, bool back) const {
  if (!y_.moves) return;
  const ConvGeometry& g = task_.geometry;
  const std::int64_t pixels = g.out_h * g.out_w;
  if (back)
    transpose_images_on_gpu(queue, task_.type, plans, g.n, g.c_out, pixels, ours);
  else
    transpose_images_on_gpu(queue, task_.type, ours, g.n, pixels, g.c_out, plans);
}

void ArrangedConv::arrange_w(const CudaQueue& queue, void* ours, void* plans, bool back) const {
  if (!w_.moves) return;
  const ConvGeometry& g = task_.geometry;
  const std::int64_t taps = g.kh * g.kw;
  const Floats our_data(ours, task_.filter_type()), plans_data(plans, task_.type);
  if (task_.order == FilterOrder::hwck_f32 && !choice_.nchw && channels_ == g.c_in) {  // one transposition
    if (back)
      transpose_on_gpu(queue, plans_data, g.c_out, g.window(), our_data);
    else
      transpose_on_gpu(queue, our_data, g.window(), g.c_out, plans_data);
    return;
  }
  const FilterArray our_array{our_data, FilterPlaces::of(g, task_.order), g.c_in};
  const FilterPlaces krsc{channels_, 1, taps * channels_}, kcrs{1, taps, taps * channels_};
  const FilterArray plans_array{plans_data, choice_.nchw ? kcrs : krsc, channels_};
  if (back)
    arrange_filter_on_gpu(queue, plans_array, taps, g.c_out, our_array);
  else
    arrange_filter_on_gpu(queue, our_array, taps, g.c_out, plans_array);
}

std::vector<ConvChoice> arrangements(const ConvTask& task) {
  std::vector<ConvChoice> all{{}, {.plan = {}, .nchw = true}};
  const std::int64_t at_once = task.precision == Precision::bf16 ? 8 : 4;  // 16 bytes of bf16 or of TF32's floats
  if (task.precision != Precision::fp32 && task.geometry.c_in < at_once)
    all.push_back({.plan = {}, .channels = at_once});
  return all;
}

}  // namespace deepobs
