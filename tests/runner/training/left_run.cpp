#include "tests/runner/training/left_run.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <span>

#include "tests/runner/training/run_in_memory.h"

namespace deepobs::test {
namespace {

LeftRun left_by(const RunInMemory& memory, const RunResult& result) {
  LeftRun left{result, {}};
  for (const auto& buffer : memory.graphs.store.buffers()) {
    if (!is_state(buffer.role)) continue;
    std::vector<std::byte> bytes(static_cast<std::size_t>(buffer.shape.elements() * bytes_of(buffer.type)));
    memory.storage.read(memory.graphs.store.find(buffer.name), std::span(bytes));
    left.state.emplace_back(buffer.name, std::move(bytes));
  }
  return left;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return std::ranges::equal(std::as_bytes(std::span(a)), std::as_bytes(std::span(b)));
}

}  // namespace

LeftRun uninterrupted(const Run& run, const Dataset& data, int threads) {
  RunInMemory memory(run, data, {.threads = threads});
  const RunResult result = memory.train();
  return left_by(memory, result);
}

LeftRun in_pieces(const Run& run, const Dataset& data, std::int64_t steps_each) {
  std::optional<CheckpointContent> left;
  for (int process = 0;; ++process) {
    REQUIRE(process < 100);
    RunInMemory memory(run, data, {.threads = 1 + process % 3});
    StopsAfter observer(steps_each);
    memory.run.config.stop = observer.source.get_token();
    Session session(memory.run, memory.graphs, memory.storage, observer, {}, memory.streamed.get());
    if (left) session.resume(*left);
    try {
      while (!session.done()) session.advance();
      return left_by(memory, session.result());
    } catch (const Error& error) {
      REQUIRE(error.fault() == Fault::interrupted);
      left = session.checkpoint();
    }
  }
}

void check_same(const LeftRun& a, const LeftRun& b) {
  for (const auto curve : {&RunResult::train, &RunResult::test, &RunResult::valid}) {
    CHECK(same_bits((a.result.*curve).losses, (b.result.*curve).losses));
    CHECK(same_bits((a.result.*curve).plain_losses, (b.result.*curve).plain_losses));
    CHECK(same_bits((a.result.*curve).accuracies, (b.result.*curve).accuracies));
  }
  CHECK(same_bits(a.result.minibatch_train_losses, b.result.minibatch_train_losses));
  CHECK(same_bits(a.result.learning_rates, b.result.learning_rates));
  CHECK(a.result.gradient_evaluations == b.result.gradient_evaluations);
  CHECK(a.result.train_seconds.size() == b.result.train_seconds.size());
  CHECK(a.result.eval_seconds.size() == b.result.eval_seconds.size());
  CHECK(a.result.divergence.has_value() == b.result.divergence.has_value());
  if (a.result.divergence && b.result.divergence) {
    CHECK(a.result.divergence->epoch == b.result.divergence->epoch);
    CHECK(a.result.divergence->global_step == b.result.divergence->global_step);
    CHECK(a.result.divergence->first_bad_tensor == b.result.divergence->first_bad_tensor);
  }
  CHECK(a.state == b.state);
}

}  // namespace deepobs::test
