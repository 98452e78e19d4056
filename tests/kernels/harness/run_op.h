#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/memory/plan.h"
#include "engine/memory/storage.h"
#include "engine/run/device.h"
#include "engine/run/program.h"
#include "tests/kernels/cpu/isas.h"

namespace deepobs {

/// A graph on a CPU, for tests that set single operands and look at single results. Record into `graph`, then start().
struct RunOp {
  Store store;
  Graph graph{store};

  /// Call it once, with all recorded. Parameters are 0 until somebody sets them.
  void start(const CpuOptions& cpu = {.threads = 2}) {
    plan = make_plan(graph);
    device = cpu_device(cpu);
    storage = std::make_unique<Storage>(*device, store);
    storage->write<float>(Store::parameters_id, std::vector<float>(static_cast<std::size_t>(store.flat_floats())));
    program = std::make_unique<Program>(graph, plan, *storage);
  }

  template <class T>
  void write(const std::string& name, const std::vector<T>& values) {
    storage->write<T>(store.find(name), values);
  }

  /// A replay over memory full of NaN, then `value`, which must be kept.
  template <class T>
  std::vector<T> run(Value value, const StepBlock& step = {}) {
    program->poison(0xFF);
    program->run(step);
    std::vector<T> result(static_cast<std::size_t>(value.shape().elements()));
    program->read<T>(value, result);
    return result;
  }

  Plan plan;
  std::unique_ptr<Device> device;
  std::unique_ptr<Storage> storage;
  std::unique_ptr<Program> program;
};

}  // namespace deepobs
