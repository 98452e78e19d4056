#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/memory/arena.h"
#include "engine/memory/plan.h"
#include "engine/memory/storage.h"

namespace deepobs {

/// A planned graph bound to the memory of one run: run() is the whole interface of a training step. It allocates
/// nothing, looks nothing up and, where the device can, waits for nothing.
///
/// Graph, plan and storage must outlive it. Runs on other storages may share graph and plan.
class Program {
 public:
  /// Errors: a plan or a storage that is older than the graph, or made of another one's.
  Program(const Graph& graph, const Plan& plan, Storage& storage);

  /// In an arena that others use too, which must outlive it. Errors, besides: one of another device, or one that is
  /// shorter than the plan's arena_bytes.
  Program(const Graph& graph, const Plan& plan, Storage& storage, Arena& arena);

  /// Replays the graph once. Errors, of the first replay of any kind: a parameter that nobody gave values.
  void run(const StepBlock& step) {
    begin();
    replay_->run(step);
  }

  /// Replays it `count` times; `step` and `batch` count up from those of `first`.
  void run_several(const StepBlock& first, std::int64_t count) {
    begin();
    replay_->run_several(first, count);
  }

  /// Replays it node by node, waiting behind each, and stops behind the first one for which `keep_going` is false.
  /// Nodes that compute nothing (a reshape) are not among them. For profiles and diagnosis.
  void run_watched(const StepBlock& step, const std::function<bool(const Node&)>& keep_going);

  /// Seconds of each node alone, many times in a row, by the device's clock: of those that run_watched() goes through.
  /// Empty on a device that captures no steps. It changes whatever the nodes change, many times: for profiles.
  std::vector<double> node_seconds(const StepBlock& step) {
    begin();
    return replay_->call_seconds(step);
  }

  /// What a replay is made of on the device; nothing where it captures none. Runs nothing.
  std::optional<CapturedStep> captured_step() { return replay_->captured_step(); }

  /// Replays it node by node and stops at the first one with a result that is not finite, of its own or because an
  /// operand in a buffer (a parameter, an input) is not. Returns that node, or nothing if there is none. Nodes without
  /// output (updates) are not looked at. For the diagnosis of a diverged run: slow.
  const Node* find_first_non_finite(const StepBlock& step);

  /// Copies a kept value (Graph::keep), or one that lies in a buffer, to the host; under a plan without reuse any
  /// value. Errors: its memory was reused, by this program or by another one of its arena; nothing was replayed yet;
  /// sizes or types differ.
  template <Number T>
  void read(Value value, std::span<T> to) const {
    read_bytes(value, type_of<T>(), to.data(), static_cast<std::int64_t>(to.size_bytes()));
  }

  /// Fills the arena (its guards excepted) with `byte`: a result must not depend on what was there. For tests.
  void poison(std::uint8_t byte);

  /// Whether the plan's guard bytes are as they were made. For tests.
  bool guards_intact() const;

 private:
  Program(const Graph& graph, const Plan& plan, Storage& storage, std::unique_ptr<Arena> own, Arena* shared);
  View view(Value value) const;
  void begin() {
    if (!begun_) [[unlikely]]
      check_parameters();
    arena_->last_user_ = replay_.get();
  }
  void check_parameters();
  void read_bytes(Value value, Type type, void* to, std::int64_t bytes) const;
  void fill_arena(std::uint8_t tensors, std::uint8_t guards);

  const Graph* graph_;
  const Plan* plan_;
  Storage* storage_;
  std::unique_ptr<Arena> own_arena_;  // null where others share it
  Arena* arena_;
  std::unique_ptr<Replay> replay_;
  std::vector<std::size_t> replayed_;  // node index of each call: aliases have none
  bool begun_ = false;
};

}  // namespace deepobs
