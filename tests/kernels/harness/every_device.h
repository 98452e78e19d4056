#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/gpus_under_test.h"
#include "tests/kernels/cpu/isas.h"

namespace deepobs::test {

/// A device that a test is repeated on, and what it is called.
struct DeviceUnderTest {
  std::string name;
  std::unique_ptr<Device> device;
};

/// A CPU with the best instruction set on each of these numbers of threads, with every other one on the first of them;
/// and gpus_under_test().
inline std::vector<DeviceUnderTest> every_device(const std::vector<int>& threads = {2}) {
  std::vector<DeviceUnderTest> all;
  const auto add = [&](int count, Isa isa) {
    all.push_back({text(name_of(isa), " on ", count, " threads"), cpu_device({.threads = count, .isa = isa})});
  };
  for (const int count : threads) add(count, best_isa());
  for (const Isa isa : isas())
    if (isa != best_isa()) add(threads.front(), isa);
  for (const auto& gpu : gpus_under_test()) all.push_back({gpu.name, gpu.device()});
  return all;
}

}  // namespace deepobs::test
