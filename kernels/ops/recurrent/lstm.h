#pragma once

#include "engine/graph/graph.h"
#include "kernels/ops/recurrent/lstm_attributes.h"

namespace deepobs {

struct LstmParameters {
  Value weight_ih;  ///< [D, 4H]: by columns the gates i, f, g, o
  Value weight_hh;  ///< [H, 4H]
  Value bias;       ///< [4H]
};

struct LstmOutput {
  Value y;     ///< [N, T, H]: h of every step
  Value h, c;  ///< [N, H]: those behind the last step
};

/// A layer of long short-term memory over sequences. Steps of one sequence lie one behind the other.
///   shapes    x [N, T, D], the parameters, h0 and c0 [N, H]  ->  y [N, T, H], h and c [N, H]
///   formula   z = x[:, t] weight_ih + bias + h weight_hh, H columns each for i, f, g, o;
///             c = sigmoid(zf + forget_bias) c + sigmoid(zi) tanh(zg);  h = sigmoid(zo) tanh(c);  y[:, t] = h
///   gradient  through all T steps, of y, h and c, with respect to x, the parameters, h0 and c0
///   numerics  products as in linear.h, the functions as in kernels/cpu/math.h; the same bits for any number of
///             threads. Terms of a weight's gradient are added over all sequences and steps in one product
///   errors    when recorded: shapes that do not fit, operands that are not float32, more than 2^13 units
///   source    Hochreiter and Schmidhuber, "Long short-term memory", 1997, with forget gates; PyTorch LSTM with
///             batch_first, weights transposed and the two biases added; TensorFlow BasicLSTMCell, whose forget_bias is
///             added to zf when the layer runs and is no parameter
LstmOutput lstm(Value x, const LstmParameters& parameters, Value h0, Value c0, const LstmOptions& options = {},
                Place at = Place::current());

}  // namespace deepobs
