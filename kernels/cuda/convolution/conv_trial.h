#pragma once

#include <string>

#include "kernels/cuda/convolution/arranged_conv.h"
#include "kernels/cuda/convolution/conv_loops.h"

namespace deepobs {

/// Memory in which ways to compute one convolution are tried.
class ConvTrial {
 public:
  ConvTrial(CudaQueue& queue, const ConvTask& task) : queue_(queue), task_(task) {}

  /// Runs it outside of a capture, so that the libraries load and allocate all that its first run needs, by each of the
  /// handles that a program may run it by (DnnHandles), and compares some elements with the definition. Returns why it
  /// cannot be used; empty: it can. It must
  /// - give sums of small whole numbers exactly in float32. Winograd's way with tiles of 4 x 4 does, those with larger
  ///   ones, Fourier's and TF32 beyond its digits do not;
  /// - stay within the bound that the tests of convolutions have, 24 units of 2^-24 of the sum of the products'
  ///   absolute values in float32, and 2^-8 of it in TF32 and bf16; also where one operand is of the size 2^40 and the
  ///   other of 2^-40, which numbers of fewer exponents than a float's do not hold;
  /// - make a NaN of what has one among its terms, and of nothing else.
  /// Errors: memory.
  std::string trouble(const ArrangedConv& conv);

  /// How long it takes, with all that brings the operands into its order. Errors: those of running it.
  double microseconds(const ArrangedConv& conv);

 private:
  /// The largest error with operands of such numbers.
  float worst_error(const ArrangedConv& conv, std::size_t piece, bool whole, bool with_nans);
  void run(const ArrangedConv& conv, std::size_t piece);
  void take_memory(std::int64_t scratch_bytes);

  CudaQueue& queue_;
  ConvTask task_;
  void *x_ = nullptr, *w_ = nullptr, *y_ = nullptr, *errors_ = nullptr, *scratch_ = nullptr;
  std::int64_t scratch_bytes_ = -1;  // no memory yet
};

}  // namespace deepobs
