#include <doctest/doctest.h>

#include <set>

#include "engine/run/cuda_library.h"
#include "problems/data/dataset_info.h"
#include "runner/training/training_graphs.h"
#include "tests/gpus_under_test.h"

namespace deepobs {
namespace {

Dataset small_dataset(const std::string& name) {
  Dataset data;
  data.name = name;
  data.columns = find_data_set(name).columns;
  data.train.count = data.test.count = 10'000;  // only told: no record is there
  return data;
}

/// The ops of all programs of a run.
void collect(const Run& run, const Dataset& data, std::set<std::string>& ops) {
  const TrainingGraphs graphs(run, data);
  std::vector<const Graph*> all{&graphs.train.graph, &graphs.train_eval.graph, &graphs.test.graph};
  if (graphs.valid) all.push_back(&graphs.valid->graph);
  if (graphs.train.method.evaluation) all.push_back(graphs.train.method.evaluation.get());
  for (const StepPart& part : graphs.train.method.parts) all.push_back(part.graph.get());
  for (const Graph* graph : all)
    for (const auto& node : graph->nodes())
      if (!node.op->is_alias()) ops.emplace(node.op->name);
}

TEST_CASE("gpu bodies: the library has one for every op of every problem with every optimizer") {
  if (real_cuda_library().empty()) {
    MESSAGE("skipped: ", why_no_real_gpu());
    return;
  }
  if (const auto list = list_gpus({.library = real_cuda_library()}); list.library.empty()) {
    MESSAGE("skipped: ", list.trouble);
    return;
  }
  std::set<std::string> ops;
  for (const auto& problem : problems())
    for (const auto& optimizer : optimizers())
      for (const std::int64_t batch : {4, 128})  // few images are convolved and pooled by two ops
        for (const char* precision : {"fp32", "bf16"})
          collect(resolve({.testproblem = problem.name,
                           .batch_size = batch,
                           .num_epochs = 1,
                           .learning_rate = 0.1,
                           .no_logs = true,
                           .device = "cuda",
                           .precision = precision},
                          optimizer),
                  small_dataset(problem.dataset), ops);
  CHECK(ops.size() >= 15);
  for (const char* recorded_for_gpus : {"to_bf16", "mean_softmax_xent", "relu_gradient_sums", "finished_gradients"})
    CHECK(ops.contains(recorded_for_gpus));
  for (const auto& file : {real_cuda_library(), emulated_cuda_library()}) {
    const CudaLibrary library(file);
    CHECK_FALSE(library.has_body("no_such_op"));
    for (const auto& op : ops) CHECK_MESSAGE(library.has_body(op), op, " in ", file.string());
  }
}

TEST_CASE("gpu bodies: in mixed precision a step of 3c3d needs three quarters of the memory at most") {
  const Dataset data = small_dataset("cifar10");
  const auto arena = [&](const char* precision) {
    const Run run = resolve({.testproblem = "cifar10_3c3d",
                             .batch_size = 128,
                             .num_epochs = 1,
                             .learning_rate = 0.1,
                             .no_logs = true,
                             .device = "cuda",
                             .precision = precision},
                            find_optimizer("SGD"));
    return TrainingGraphs(run, data).train.plan.arena_bytes;
  };
  const std::int64_t fp32 = arena("fp32"), bf16 = arena("bf16");
  INFO(bf16, " bytes, in fp32 ", fp32);
  CHECK(4 * bf16 <= 3 * fp32);
}

}  // namespace
}  // namespace deepobs
