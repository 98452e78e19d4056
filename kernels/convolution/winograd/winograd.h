#pragma once

#include "engine/run/executor.h"
#include "kernels/convolution/winograd/winograd_tiles.h"
#include "kernels/product/gemm_workspace.h"

namespace deepobs::DEEPOBS_ISA {

// The three directions of a convolution without stride in tiles (winograd_tiles.h, formulas in winograd_matrices.h).
// Each is made of transforms and of one product of matrices for each position of the transformed tile, over channels
// (forward, data gradient) or over tiles (weight gradient). All have
//   numerics  each element within 24 u of the same formula on the absolute values of all matrices and operands: for
//              operands within 1 that is the number of products times 63, 31, 45, 212 (F(4,3), F(3,3), F(2,5), F(3,5),
//              forward), while on operands as they occur the root of the mean square error is 5e-7 to 1.7e-6 of the
//              result's. A NaN or an infinity makes everything that sees it, and perhaps all that tiles share with it,
//              no number or infinite. The same bits for any number of threads
// and nothing may overlap an output.

/// Transformed weights, as the right operand of the products: forward, x's channels by y's; for the data gradient, y's
/// by x's.
///   to   transformed_weights_floats()
void transform_weights(Executor& executor, const WinogradTiles& tiles, const ConvGeometry& geometry, const float* w,
                       bool data_gradient, float* to);

/// y of images [first, first + images), then bias and relu. `y` is where the first of them goes. Of the worker's memory
/// it takes winograd_scratch_floats from the beginning.
void winograd_forward_images(const WinogradTiles& tiles, const ConvGeometry& geometry, const float* x,
                             const float* weights, std::int64_t first, std::int64_t images, float* y, const float* bias,
                             bool relu, Worker& worker);

/// y = the convolution of x with w, then bias [c_out], unless it is null, and relu.
///   workspace  transformed_weights_floats(tiles, c_in, c_out)
void winograd_forward(Executor& executor, const WinogradTiles& tiles, const ConvGeometry& geometry, const float* x,
                      const float* w, float* y, const float* bias, bool relu, float* workspace);

/// dx = the gradient of sum(dy * y) with respect to x; 0 where `gate`, like dx, is <= 0, unless it is null.
///   workspace  transformed_weights_floats(tiles, c_out, c_in)
void winograd_data_gradient(Executor& executor, const WinogradTiles& tiles, const ConvGeometry& geometry,
                            const float* dy, const float* w, float* dx, const float* gate, float* workspace);

/// dw = the gradient of sum(dy * y) with respect to w; db [c_out], unless it is null, = the sums of dy over all pixels.
///   workspace  transformed_gradient_floats(tiles, geometry)
void winograd_weight_gradient(Executor& executor, const WinogradTiles& tiles, const ConvGeometry& geometry,
                              const float* x, const float* dy, float* dw, float* db, float* workspace);

}  // namespace deepobs::DEEPOBS_ISA
