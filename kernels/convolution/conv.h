#pragma once

#include "engine/run/executor.h"
#include "kernels/convolution/conv_geometry.h"
#include "kernels/windows/padding.h"

namespace deepobs::DEEPOBS_ISA {

// The three directions of a convolution, each as one product of matrices whose left operand is gathered from the images
// while it is packed: no matrix of windows ever exists as a whole. All have
//   numerics   |result - exact| <= 24 u sum |a||b|; the same bits for any number of threads
// and nothing may overlap an output.

/// y = the convolution of x with w, then the epilogue: bias [c_out], relu, gate like y.
void conv_forward(Executor& executor, const ConvGeometry& geometry, const float* x, const float* w, float* y,
                  const Epilogue& epilogue);

/// dx = the gradient of sum(dy * y) with respect to x; with `accumulate`, dx += it. Every element of dx is written,
/// those that no window reads too. The epilogue's gate, like dx, makes it the gradient before a relu whose output is x.
void conv_data_gradient(Executor& executor, const ConvGeometry& geometry, const float* dy, const float* w, float* dx,
                        bool accumulate, const Epilogue& epilogue);

/// dw = the gradient of sum(dy * y) with respect to w and, unless db is null, db [c_out] = the sums of dy over all
/// pixels; with `accumulate`, they are added to both.
///   workspace  conv_weight_gradient_workspace_floats(geometry) floats, content undefined before and after
void conv_weight_gradient(Executor& executor, const ConvGeometry& geometry, const float* x, const float* dy, float* dw,
                          float* db, bool accumulate, float* workspace);

/// dy of a convolution that a max pool follows, told by what comes from above: the gradient of the pool's output and
/// the winners' places (max_pool_loops.h), both [n, pool.output.h, pool.output.w, c_out].
struct PooledGradient {
  const WindowGeometry& pool;  ///< over images of out_h x out_w
  const float* dy;
  const std::uint8_t* winners;
};

/// conv_weight_gradient() of that dy: the same bits as from a dense one, which is never written.
void conv_weight_gradient_of_pooled(Executor& executor, const ConvGeometry& geometry, const float* x,
                                    const PooledGradient& dy, float* dw, float* db, float* workspace);

}  // namespace deepobs::DEEPOBS_ISA
