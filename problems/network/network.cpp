#include "problems/network/network.h"

#include <algorithm>
#include <map>

#include "engine/base/nearest_name.h"
#include "problems/network/parameters_file.h"
#include "problems/network/recorded_network.h"

namespace deepobs {
namespace {

using Input = NetworkDescription::Input;

void check(const NetworkDescription& description) {
  require(description.record != nullptr, Fault::usage, "a network needs a function that records it");
  require(description.batch_size > 0, Fault::usage, "a network's batch_size must be at least 1, not ",
          description.batch_size);
  require(!description.inputs.empty(), Fault::usage, "a network needs an input");
  for (const Input& input : description.inputs) {
    require(!input.name.empty(), Fault::usage, "an input of a network has no name");
    require(std::ranges::count(description.inputs, input.name, &Input::name) == 1, Fault::usage,
            "a network has two inputs '", input.name, "'");
    require(input.item.elements() > 0, Fault::usage, "input '", input.name,
            "' of a network has no numbers: ", input.item);
  }
}

/// How many examples the numbers are.
std::int64_t examples_of(const NetworkDescription& description, const Network::Numbers& numbers) {
  require(!numbers.empty(), Fault::usage, "a network was given no numbers: give each of its inputs {name, numbers}");
  std::int64_t examples = 0;
  for (const NamedNumbers& given : numbers) {
    const Input& input = find_named(description.inputs, "input of the network", given.name);
    require(std::ranges::count(numbers, given.name, &NamedNumbers::name) == 1, Fault::usage, "the network's input '",
            given.name, "' was given more than once");
    const std::int64_t each = input.item.elements();
    require(given.count % each == 0 && given.count > 0, Fault::usage, "the network's input '", given.name, "' takes ",
            each, " numbers for every example, ", input.item, ", and was given ", given.count);
    if (examples == 0) examples = given.count / each;
    require(given.count == examples * each, Fault::usage, "the network's input '", given.name, "' was given ",
            given.count / each, " examples, its input '", numbers.front().name, "' ", examples);
  }
  return examples;
}

}  // namespace

/// In the order of their lives: programs end before the memory that they work in.
struct Network::Parts {
  NetworkDescription description;
  std::unique_ptr<Device> device;
  Store store;
  Graph update_graph{store};
  Plan update_plan;
  std::optional<Storage> storage;
  std::map<std::pair<NetworkUse, std::int64_t>, std::unique_ptr<RecordedNetwork>> recorded;
  std::unique_ptr<Program> update;
  std::uint64_t seed = 0;
  std::int64_t steps = 0;
  const RecordedNetwork *with_loss = nullptr, *with_outputs = nullptr;  // the latest
  bool has_gradients = false;

  /// Records and plans; what it declared gets memory as soon as there is any.
  RecordedNetwork& of(NetworkUse use, std::int64_t batch) {
    auto& known = recorded[{use, batch}];
    if (known) return *known;
    auto made = std::make_unique<RecordedNetwork>(store, description, use, batch, device->info());
    if (storage) {
      storage->extend();
      made->bind(*storage);
    }
    known = std::move(made);
    return *known;
  }

  RecordedNetwork& run(NetworkUse use, const Numbers& numbers) {
    RecordedNetwork& recorded_for = of(use, examples_of(description, numbers));
    if (use != NetworkUse::infer) require_loss(recorded_for);
    recorded_for.run(numbers, {.seed = seed, .step = steps});
    return recorded_for;
  }

  static void require_loss(const RecordedNetwork& of) {
    require(of.has_loss(), Fault::usage, "this network has no loss: its record function returned none");
  }

  const Store::Parameter& find(std::string_view name) const {
    std::vector<std::string> known;
    for (const auto& parameter : store.parameters()) {
      if (parameter.name == name) return parameter;
      known.push_back(parameter.name);
    }
    fail(Fault::usage, unknown_name_text("parameter", name, known));
  }

  void initialize(std::uint64_t with) {
    storage->initialize(with);
    for (const Role role : {Role::gradients, Role::optimizer, Role::statistics, Role::carried}) storage->reset(role);
    seed = with;
    steps = 0;
    with_loss = with_outputs = nullptr;
    has_gradients = false;
  }
};

Network::Network(NetworkDescription description, std::unique_ptr<Device> device) : parts_(std::make_unique<Parts>()) {
  check(description);
  require(device != nullptr, Fault::usage, "a network needs a device: cpu_device(), or cuda_device()");
  Parts& p = *parts_;
  p.description = std::move(description);
  p.device = std::move(device);
  RecordedNetwork& first = p.of(NetworkUse::differentiate, p.description.batch_size);
  if (p.description.optimizer) {
    Parts::require_loss(first);
    record_update(p.update_graph, *p.description.optimizer,
                  resolve(*p.description.optimizer, p.description.hyperparameters));
    p.update_plan = make_plan(p.update_graph);
  }
  p.store.seal();
  p.storage.emplace(*p.device, p.store);
  first.bind(*p.storage);
  if (p.description.optimizer) p.update = std::make_unique<Program>(p.update_graph, p.update_plan, *p.storage);
  p.initialize(p.description.seed);
}

Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;
Network::~Network() = default;

Network::Parts& Network::parts() const {
  require(parts_ != nullptr, Fault::usage, "this network was moved to another place, and is empty");
  return *parts_;
}

void Network::train(const Numbers& numbers, double learning_rate) {
  require(parts().update != nullptr, Fault::usage, "a network without an optimizer does not train");
  differentiate(numbers);
  update(learning_rate);
}

void Network::differentiate(const Numbers& numbers) {
  Parts& p = parts();
  p.with_loss = &p.run(NetworkUse::differentiate, numbers);
  p.has_gradients = true;
}

void Network::update(double learning_rate) {
  Parts& p = parts();
  require(p.update != nullptr, Fault::usage, "a network without an optimizer does not train");
  require(p.has_gradients, Fault::usage, "there are no gradients yet to update the network by: call differentiate()");
  p.update->run({.seed = p.seed, .step = p.steps, .learning_rate = learning_rate});
  ++p.steps;
}

float Network::loss() const {
  require(parts().with_loss != nullptr, Fault::usage,
          "there is no loss yet: call train(), differentiate() or evaluate()");
  return parts().with_loss->loss();
}

float Network::evaluate(const Numbers& numbers) {
  Parts& p = parts();
  p.with_loss = &p.run(NetworkUse::evaluate, numbers);
  return loss();
}

std::vector<float> Network::infer(const Numbers& numbers) {
  Parts& p = parts();
  const RecordedNetwork& inferred = p.run(NetworkUse::infer, numbers);
  require(!inferred.outputs().empty(), Fault::usage, "this network has no outputs: its record function returned none");
  p.with_outputs = &inferred;
  return output(inferred.outputs().front().first);
}

std::vector<float> Network::output(std::string_view name) const {
  const Parts& p = parts();
  require(p.with_outputs != nullptr, Fault::usage, "nothing was inferred yet: call infer()");
  return p.with_outputs->output(name);
}

std::vector<float> Network::parameter(std::string_view name) const {
  return parts().storage->parameter(parts().find(name));
}

std::vector<float> Network::gradient(std::string_view name) const {
  const Parts& p = parts();
  require(p.has_gradients, Fault::usage, "there are no gradients yet: call train() or differentiate()");
  return p.storage->gradient(p.find(name));
}

void Network::set_parameter(std::string_view name, std::span<const float> values) {
  parts().storage->set_parameter(parts().find(name), values);
}

void Network::save(const std::filesystem::path& file) const { save_parameters(file, *parts().storage); }
void Network::load(const std::filesystem::path& file) { load_parameters(file, *parts().storage); }
void Network::restart(std::uint64_t seed) { parts().initialize(seed); }
std::int64_t Network::steps() const { return parts().steps; }
const Store& Network::store() const { return parts().store; }
Storage& Network::storage() { return *parts().storage; }
Device& Network::device() { return *parts().device; }

}  // namespace deepobs
