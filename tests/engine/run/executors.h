#pragma once

#include <doctest/doctest.h>

#include <initializer_list>

#include "engine/run/device.h"

namespace deepobs {

/// Both kinds of executor; only the one of plain threads where ThreadSanitizer watches (engine/run/device.h says why).
inline std::initializer_list<bool> executor_kinds() {
  static constexpr std::initializer_list<bool> both{false, true}, plain{false};
  return tbb_is_default ? both : plain;
}

/// check(executor) for both kinds with each number of threads.
template <class Check>
void for_each_executor(std::initializer_list<int> threads, Check check) {
  for (const bool tbb : executor_kinds())
    for (const int count : threads) {
      CAPTURE(tbb);
      CAPTURE(count);
      check(tbb ? *tbb_executor(count) : *std_thread_executor(count));
    }
}

}  // namespace deepobs
