#include "runner/bench/live_run.h"

#include <algorithm>

#include "runner/training/batch_orders.h"
#include "runner/training/records/algorithm_file.h"
#include "runner/training/stopwatch.h"

namespace deepobs {
namespace {

/// Choices for a GPU are kept as those of `deepobs run` are, so that every bench measures the same ones.
std::shared_ptr<AlgorithmStore> kept_choices(const Run& run) {
  return run.config.device == "cuda" ? std::make_shared<AlgorithmFile>(run.config.home) : nullptr;
}

}  // namespace

LiveRun::LiveRun(const BenchCase& described, const BenchData::Entry& data)
    : run_(described.run),
      device_(make_device(run_.device(), {.threads = described.threads, .isa = described.isa}, kept_choices(run_))),
      graphs_(run_, data.described),
      storage_([&] {
        if (graphs_.batches_ring > 0)
          ring_.emplace(*device_, synthetic_records(data.described, graphs_.batches_ring * run_.batch_size));
        Storage storage(*device_, graphs_.store);
        (ring_ ? *ring_ : data.resident).bind_to(storage, graphs_);
        storage.initialize(1);
        run_.config.random_seed = 1;
        const BatchOrders orders(run_, graphs_);
        orders.write_fixed(storage);
        orders.write_train(storage, 0);
        return storage;
      }()),
      arena_(*device_, graphs_.arena_bytes()),
      train_(graphs_.train, storage_, arena_),
      test_(graphs_.test.graph, graphs_.test.plan, storage_, arena_) {}

double LiveRun::gradients_a_step() const {
  const MethodGraphs& method = graphs_.train.method;
  if (!method.drive) return 1;
  double all = 0;
  storage_.read(method.evaluations, std::span(&all, 1));
  return all / static_cast<double>(steps_);
}

StepBlock LiveRun::next_step() {
  const StepBlock block{.seed = 1,
                        .step = steps_,
                        .batch = steps_ % graphs_.steps_per_epoch,
                        .learning_rate = run_.learning_rate,
                        .base_learning_rate = run_.learning_rate,
                        .total_steps = run_.num_epochs * graphs_.steps_per_epoch};
  ++steps_;
  return block;
}

void LiveRun::warm_up(double seconds) {
  constexpr double long_enough = 0.1;
  const Stopwatch watch;
  bool settled = false;
  do {
    const double begin = watch.seconds();
    train();
    settled = at_once_ == device_->steps_at_once() || 2 * (watch.seconds() - begin) > long_enough;
    if (!settled) at_once_ = std::min(2 * at_once_, device_->steps_at_once());
  } while (!settled || watch.seconds() < seconds);
}

std::int64_t LiveRun::train() {
  const std::int64_t left = graphs_.steps_per_epoch - steps_ % graphs_.steps_per_epoch;
  const std::int64_t count = std::min(at_once_, left);
  const StepBlock first = next_step();
  steps_ += count - 1;
  train_.run_several(first, count);
  device_->wait();
  return count;
}

std::int64_t LiveRun::evaluate() {
  const std::int64_t batch = evaluated_ % graphs_.test.batches;
  const std::int64_t count = std::min(at_once_, graphs_.test.batches - batch);
  test_.run_several({.seed = 1, .step = evaluated_, .batch = batch}, count);
  evaluated_ += count;
  device_->wait();
  return count;
}

}  // namespace deepobs
