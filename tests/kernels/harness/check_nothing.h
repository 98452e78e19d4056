#pragma once

#include <doctest/doctest.h>

#include <algorithm>

#include "kernels/backward.h"
#include "kernels/ops/reduce/reduce.h"
#include "tests/kernels/harness/run_op.h"

namespace deepobs {

/// y, of no images, has no element, and no parameter a gradient.
inline void check_nothing(RunOp& op, Value y) {
  backward(sum(y));
  op.graph.keep(y);
  op.start();
  CHECK(op.run<float>(y).empty());
  for (const auto& parameter : op.store.parameters())
    CHECK(std::ranges::all_of(op.storage->gradient(parameter), [](float v) { return v == 0.f; }));
}

}  // namespace deepobs
