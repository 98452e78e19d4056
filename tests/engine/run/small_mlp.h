#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/memory/plan.h"
#include "engine/memory/storage.h"
#include "engine/run/device.h"
#include "engine/run/program.h"

namespace deepobs {

/// A training step large enough that several threads share its products, small enough to run hundreds of times: two
/// dense layers, the mean square of what they give, its gradient, and a step of gradient descent with momentum.
struct SmallMlp {
  SmallMlp();

  Store store;
  Graph graph{store};
  Value loss;
  Plan plan;
};

/// One run of it: device, memory, program.
class SmallMlpRun {
 public:
  SmallMlpRun(const SmallMlp& mlp, const CpuOptions& options, std::uint64_t seed);

  /// Steps [from, from + count).
  void train(std::int64_t from, std::int64_t count);
  void step(std::int64_t at) { program_.run({.seed = seed_, .step = at, .learning_rate = 0.05}); }

  /// The loss of the last step and all parameters, bit for bit.
  std::vector<std::uint32_t> bits() const;

 private:
  const SmallMlp* mlp_;
  std::uint64_t seed_;
  std::unique_ptr<Device> device_;
  Storage storage_;
  Program program_;
};

/// What a fresh run has after `steps` steps.
std::vector<std::uint32_t> trained_bits(const SmallMlp& mlp, const CpuOptions& options, std::uint64_t seed,
                                        std::int64_t steps = 3);

}  // namespace deepobs
