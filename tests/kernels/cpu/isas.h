#pragma once

#include <vector>

#include "engine/run/device.h"
#include "tests/under_thread_sanitizer.h"

namespace deepobs {

/// The instruction sets of this machine. Under ThreadSanitizer the best alone: they differ inside tasks, and not in how
/// work is handed to threads. Where they cut it into other tiles (matrix products, convolutions), dense_kernels.h has
/// all.
inline std::vector<Isa> isas() {
  std::vector<Isa> all;
  const int best = static_cast<int>(best_isa());
  for (int isa = under_thread_sanitizer ? best : 0; isa <= best; ++isa) all.push_back(static_cast<Isa>(isa));
  return all;
}

}  // namespace deepobs
