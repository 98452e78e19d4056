#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernels/cuda/convolution/conv_choice.h"
#include "kernels/cuda/convolution/conv_task.h"
#include "kernels/cuda/convolution/cudnn_conv.h"

namespace deepobs {

/// The convolution that the library is asked for.
LibraryConv asked_of_library(const ConvTask& task, const ConvChoice& choice);

/// A convolution of ours by a plan of the library's: operands are brought into the plan's order and back where that
/// differs from ours, in scratch memory.
class ArrangedConv {
 public:
  /// Null where the choice does not fit the task: the plan cannot be made, or would need more than most_workspace.
  static std::unique_ptr<ArrangedConv> make(CudaQueue& queue, const ConvTask& task, const ConvChoice& choice);

  std::int64_t scratch_bytes() const;
  /// `memory` in our order.
  void run(CudaQueue& queue, const ConvMemory& memory, std::byte* scratch) const;

 private:
  ArrangedConv(const ConvTask& task, const ConvChoice& choice);
  /// One of the three: whether the plan has it elsewhere, and how many bytes that takes.
  struct Place {
    bool moves = false;
    std::int64_t bytes = 0;
    void* in(std::byte*& scratch, void* ours) const;
  };
  void arrange_x(const CudaQueue& queue, void* ours, void* plans, bool back) const;
  void arrange_y(const CudaQueue& queue, void* ours, void* plans, bool back) const;
  void arrange_w(const CudaQueue& queue, void* ours, void* plans, bool back) const;

  ConvTask task_;
  ConvChoice choice_;
  std::int64_t channels_;  // of the plan's x and w
  Place x_, w_, y_;
  std::unique_ptr<LibraryPlan> plan_;
};

constexpr std::int64_t most_workspace = std::int64_t{128} << 20;

/// The orders in which a library is asked for the task, each with an empty plan: NHWC and NCHW; and, where tensor cores
/// would go through images of very few channels, NHWC with as many channels as they take at once.
std::vector<ConvChoice> arrangements(const ConvTask& task);

}  // namespace deepobs
