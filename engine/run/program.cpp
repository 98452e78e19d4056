#include "engine/run/program.h"

#include <algorithm>
#include <cmath>

namespace deepobs {
namespace {

constexpr std::uint8_t guard_byte = 0xA5;

}  // namespace

Program::Program(const Graph& graph, const Plan& plan, Storage& storage)
    : Program(graph, plan, storage, std::make_unique<Arena>(storage.device(), plan.arena_bytes), nullptr) {}

Program::Program(const Graph& graph, const Plan& plan, Storage& storage, Arena& arena)
    : Program(graph, plan, storage, nullptr, &arena) {}

Program::Program(const Graph& graph, const Plan& plan, Storage& storage, std::unique_ptr<Arena> own, Arena* shared)
    : graph_(&graph),
      plan_(&plan),
      storage_(&storage),
      own_arena_(std::move(own)),
      arena_(shared ? shared : own_arena_.get()) {
  require(&arena_->device() == &storage.device(), Fault::usage, "the arena lies on another device than the storage");
  require(arena_->bytes() >= plan.arena_bytes, Fault::usage, "the plan needs an arena of ", plan.arena_bytes,
          " bytes, this one has ", arena_->bytes());
  require(plan.made_of == &graph, Fault::usage, "the plan was made of another graph, or by no make_plan()");
  require(plan.locations.size() == graph.values().size(), Fault::usage,
          "the plan was made before the graph was complete");
  require(&graph.store() == &storage.store(), Fault::usage, "the graph was recorded over one store, and this is ",
          "a storage of another store");
  std::vector<Device::Resolved> calls;
  for (std::size_t n = 0; n < graph.nodes().size(); ++n) {
    const auto& node = graph.nodes()[n];
    if (node.op->is_alias()) continue;
    Device::Resolved call{node.op, {}, {}, node.attributes.data()};
    for (const auto& value : node.in) call.in.push_back(view(value));
    for (const auto& value : node.out) call.out.push_back(view(value));
    calls.push_back(std::move(call));
    replayed_.push_back(n);
  }
  replay_ = storage.device().prepare(std::move(calls));
  if (plan.guard_bytes > 0) fill_arena(0, guard_byte);
}

View Program::view(Value value) const {
  const auto& location = plan_->locations[static_cast<std::size_t>(value.id())];
  require(location.buffer != Plan::Location::nowhere, Fault::usage, "there is no memory of ", value.described());
  auto* base = static_cast<std::byte*>(location.buffer == Plan::Location::arena ? arena_->data()
                                                                                : storage_->data(location.buffer));
  return {base + location.byte_offset, value.type(), value.shape()};
}

void Program::check_parameters() {
  for (const auto& node : graph_->nodes())
    for (const auto& operand : node.in) {
      const auto& read = graph_->info(graph_->root(operand));
      if (read.buffer == Store::parameters_id) storage_->require_values(read.offset, read.shape.elements());
    }
  begun_ = true;
}

void Program::read_bytes(Value value, Type type, void* to, std::int64_t bytes) const {
  graph_->info(value);  // it is of this graph
  const View from = view(value);
  require(plan_->locations[static_cast<std::size_t>(value.id())].kept, Fault::usage,
          "this value's memory is reused after it was computed; Graph::keep() it before planning: ", value.described());
  require(begun_ || plan_->locations[static_cast<std::size_t>(value.id())].buffer >= 0, Fault::usage,
          "nothing was replayed yet, so there is no ", value.described());
  require(value.type() == type, Fault::usage, "a tensor has ", name_of(value.type()), " numbers, not ", name_of(type),
          ": ", value.described());
  require(bytes == from.bytes(), Fault::usage, value.described(), " has ", from.bytes(), " bytes, not ", bytes);
  require(arena_->last_user_ == replay_.get() || plan_->locations[static_cast<std::size_t>(value.id())].buffer >= 0,
          Fault::usage, "another program of the same arena was replayed since, and has overwritten ",
          value.described());
  storage_->device().copy_out(to, from.data, bytes);
}

void Program::run_watched(const StepBlock& step, const std::function<bool(const Node&)>& keep_going) {
  require(keep_going != nullptr, Fault::usage, "a watched replay needs a function that is told of each node");
  begin();
  replay_->run_watched(step, [&](std::size_t call) { return keep_going(graph_->nodes()[replayed_[call]]); });
}

const Node* Program::find_first_non_finite(const StepBlock& step) {
  const auto all_finite = [&]<class T>(const View& from, T* /*of its elements*/) {
    std::vector<T> host(static_cast<std::size_t>(from.elements()));
    storage_->device().copy_out(host.data(), from.data, from.bytes());
    return std::ranges::all_of(host, [](T x) { return std::isfinite(f32_of(x)); });
  };
  const auto finite = [&](Value value) {
    const View made = view(value);
    if (made.type == Type::bf16) return all_finite(made, made.bf16());
    return made.type != Type::f32 || all_finite(made, made.f32());
  };
  const Node* found = nullptr;
  run_watched(step, [&](const Node& node) {
    for (std::size_t i = 0; i < node.out.size(); ++i)
      if (!node.op->is_scratch(i) && !finite(node.out[i])) found = &node;
    return found == nullptr;
  });
  return found;
}

void Program::fill_arena(std::uint8_t tensors, std::uint8_t guards) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(plan_->arena_bytes), guards);
  for (std::size_t v = 0; v < plan_->locations.size(); ++v) {
    if (plan_->locations[v].buffer != Plan::Location::arena) continue;
    const auto& info = graph_->values()[v];
    const auto begin = bytes.begin() + plan_->locations[v].byte_offset;
    std::fill(begin, begin + info.shape.elements() * bytes_of(info.type), tensors);
  }
  storage_->device().copy_in(arena_->data(), bytes.data(), plan_->arena_bytes);
}

void Program::poison(std::uint8_t byte) { fill_arena(byte, guard_byte); }

bool Program::guards_intact() const {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(plan_->arena_bytes));
  storage_->device().copy_out(bytes.data(), arena_->data(), plan_->arena_bytes);
  std::vector<bool> used(bytes.size());
  for (std::size_t v = 0; v < plan_->locations.size(); ++v) {
    if (plan_->locations[v].buffer != Plan::Location::arena) continue;
    const auto& info = graph_->values()[v];
    const auto begin = used.begin() + plan_->locations[v].byte_offset;
    std::fill(begin, begin + info.shape.elements() * bytes_of(info.type), true);
  }
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (!used[i] && bytes[i] != guard_byte) return false;
  return true;
}

}  // namespace deepobs
