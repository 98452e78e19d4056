#pragma once

#include <span>
#include <vector>

#include "engine/graph/graph.h"

namespace deepobs {

// Filters of convolutions lie in the buffers as [kh, kw, C, K]; a GPU's library wants [K, kh, kw, C]. Its graph turns
// all of them once a step, and their gradients back (passes/library_filters.h), both in one launch. The filters are
// tensors like others; only who computes convolutions knows of the two orders.

/// Filters in the library's order.
///   shapes    each w[i] [kh, kw, C, K]  ->  y[i] [K, kh, kw, C]
///   formula   y[i][k, u, v, c] = w[i][u, v, c, k]
///   gradient  none: it is recorded behind the gradients
///   numerics  exact; to bf16 in mixed precision
///   errors    no tensor, another rank, not float32: when recorded
std::vector<Value> filters_in_library_order(std::span<const Value> w, Place at = Place::current());

/// A gradient on its way to its place: perhaps a filter's in the library's order, perhaps without the part of the L2
/// regulariser.
struct RawGradient {
  Value of_loss;  ///< [K, kh, kw, C] for a filter in the library's order, else like the parameter
  Value parameter;
  bool turned = false;   ///< it is in the library's order
  bool decayed = false;  ///< factor * parameter is added
};

/// Gradients as the update wants them: in the order of their parameters, regulariser included.
///   shapes    ->  y[i] like gradients[i].parameter
///   formula   y[i] = of_loss, turned back where it is turned, + factor * parameter where it is decayed
///   gradient  none: it is recorded behind the gradients
///   numerics  factor * parameter is rounded, then the sum, as l2_penalty() and sum_of() do
///   errors    no tensor, shapes, not float32: when recorded
std::vector<Value> finished_gradients(std::span<const RawGradient> gradients, float factor,
                                      Place at = Place::current());

}  // namespace deepobs
