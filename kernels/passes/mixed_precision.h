#pragma once

#include "engine/graph/graph.h"

namespace deepobs {

/// Turns a complete graph into one of mixed precision, for a GPU: call it last, before planning.
/// - A value between nodes becomes bf16 where its op can write it so and all that read it can read it so (Op::bf16):
///   images, activations and their gradients, in half the memory.
/// - Factors of products that stay float32 are rounded before their first use: parameters all at once, once a step.
/// - Everything else stays float32: parameters, which are what the optimizer updates (master weights), their gradients,
///   the last layer's outputs where a loss reads them, losses, and what is kept for the host. Sums are float32 or
///   double.
/// Gradients need no scaling: bf16 has the exponents of float32.
///   source  Micikevicius et al., Mixed Precision Training, 2018; Kalamkar et al., A Study of BFLOAT16 for Deep
///           Learning Training, 2019
void record_mixed_precision(Graph& graph);

}  // namespace deepobs
