#pragma once

#include "engine/graph/graph.h"
#include "kernels/ops/norm/batch_norm_attributes.h"

namespace deepobs {

/// The output of batch_norm(), and the statistics that it was made with.
struct BatchNormed {
  Value y;         ///< like x
  Value mean;      ///< [C] f64
  Value variance;  ///< [C] f64: the mean square of the distance from the mean
};

/// Batch normalisation by the statistics of the mini-batch, channel by channel: what training does.
///   shapes    x [..., C], weight [C], bias [C]  ->  y like x, mean [C], variance [C]
///   formula   y = weight (x - mean) / sqrt(variance + eps) + bias; with relu: y = max(that, 0). Mean and variance are
///             over the M elements of a channel, the variance divided by M
///   gradient  dz = dy, with relu 0 where y is not above 0; n = (x - mean) / sqrt(variance + eps):  dbias = sum of dz,
///             dweight = sum of dz n,  dx = weight / sqrt(variance + eps) (dz - dbias / M - n dweight / M)
///   numerics  statistics in double, of the distances from the first row, in an order given by the shape: a mean that
///             is far larger than the deviation costs no digits, and a channel of equal elements has variance 0. y
///             within 6 u of |weight n| + |bias|, u = 2^-24; the same bits for any number of threads
///   errors    when recorded: x is a scalar, weight or bias are not [C], eps is not positive, M < 2 (there is no
///             variance of one number), operands that are not float32
///   source    Ioffe & Szegedy, "Batch normalization", ICML 2015; PyTorch BatchNorm2d and BatchNorm1d in training
BatchNormed batch_norm(Value x, Value weight, Value bias, const BatchNorm& options = {}, Place at = Place::current());

/// Batch normalisation by given statistics, which are constants: what evaluation does.
///   shapes    x [..., C], weight [C], bias [C], mean [C], variance [C], all f32  ->  y like x
///   formula   as batch_norm() has it
///   gradient  dz = dy, with relu 0 where y is not above 0;  dbias = sum of dz,  dweight = sum of dz n,
///             dx = weight / sqrt(variance + eps) dz. None for mean and variance
///   numerics  y within 6 u of |weight n| + |bias|
///   errors    when recorded: x is a scalar, another operand is not [C], eps is not positive, operands that are not
///             float32. A variance below -eps gives NaN
///   source    PyTorch BatchNorm2d and BatchNorm1d in evaluation
Value batch_norm_by(Value x, Value weight, Value bias, Value mean, Value variance, const BatchNorm& options = {},
                    Place at = Place::current());

/// Takes the statistics of a mini-batch into running ones, which lie in buffers of the store. An effect: each replay
/// changes the buffers, which batch_norm_by() of another graph over the same store reads.
///   shapes    what batch_norm() made of x with M elements a channel; running_mean, running_variance [C] f32
///   formula   running_mean = (1 - momentum) running_mean + momentum mean; running_variance likewise, by
///             variance M / (M - 1), which expects the variance of the distribution
///   gradient  none
///   numerics  in double, rounded once
///   errors    when recorded: shapes and types, momentum outside [0, 1], running statistics in no buffer of the store
///   source    PyTorch BatchNorm2d
void track_statistics(const BatchNormed& normed, Value running_mean, Value running_variance, double momentum,
                      Place at = Place::current());

}  // namespace deepobs
