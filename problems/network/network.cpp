#include "problems/network/network.h"

#include <algorithm>
#include <map>

#include "engine/base/nearest_name.h"
#include "kernels/ops/shape/reshape.h"
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
  Hyperparameters hyperparameters;
  std::unique_ptr<Device> device;
  Store store;
  std::optional<Storage> storage;
  std::map<std::pair<NetworkUse, std::int64_t>, std::unique_ptr<RecordedNetwork>> recorded;
  std::unique_ptr<PlannedStep> update;  // a step of the optimizer alone, from the first update() on
  std::optional<StepPrograms> update_programs;
  RecordedNetwork* trains = nullptr;  // the first one for training; null: there is no optimizer
  std::uint64_t seed = 0;
  std::int64_t steps = 0;
  double learning_rate = 0;                 // the latest
  int latest_loss = -1;                     // its buffer
  RecordedNetwork* with_outputs = nullptr;  // the latest
  std::optional<bool> learns;               // whether the latest run did
  bool has_gradients = false;
  bool has_evaluated = false;  // the buffer evaluated() is of the parameters and the state as they are

  /// Records and plans; what it declared gets memory as soon as there is any.
  RecordedNetwork& of(NetworkUse use, std::int64_t batch) {
    auto& known = recorded[{use, batch}];
    if (known) return *known;
    auto made = std::make_unique<RecordedNetwork>(store, description,
                                                  NetworkSite{.use = use,
                                                              .batch = batch,
                                                              .device = device->info(),
                                                              .hyperparameters = hyperparameters,
                                                              .parameters = evaluated()});
    if (storage) {
      storage->extend();
      made->bind(*storage);
    }
    known = std::move(made);
    return *known;
  }

  RecordedNetwork& run(NetworkUse use, const Numbers& numbers, double rate = 0) {
    RecordedNetwork& recorded_for = of(use, examples_of(description, numbers));
    if (use == NetworkUse::evaluate || use == NetworkUse::infer) renew_evaluated();
    const bool learns_now = use == NetworkUse::train || use == NetworkUse::differentiate;
    if (learns != learns_now) storage->reset(Role::carried);  // a phase begins
    learns = learns_now;
    recorded_for.run(numbers, block(rate));
    if (use != NetworkUse::infer) latest_loss = recorded_for.loss();
    return recorded_for;
  }

  StepBlock block(double rate) const { return {.seed = seed, .step = steps, .learning_rate = rate}; }

  void stepped(double rate) {
    ++steps;
    learning_rate = rate;
    has_evaluated = false;
  }

  const Optimizer& optimizer() const {
    require(trains != nullptr, Fault::usage, "a network without an optimizer does not train");
    return *description.optimizer;
  }

  /// A step of the optimizer, recorded when it is first asked for.
  StepPrograms& update_alone() {
    const Optimizer& of = optimizer();
    require(has_gradients, Fault::usage, "there are no gradients yet to update the network by: call differentiate()");
    require(trains->method().drive == nullptr && trains->method().gradients_a_step == 1, Fault::usage, of.name,
            " evaluates the mini-batch several times in a step, so it has no update() alone: call train()");
    if (update_programs) return *update_programs;
    auto made = std::make_unique<PlannedStep>(store);
    const Value loss = reshape(made->graph.buffer(trains->loss()), {});
    made->method = record_method(made->graph, of, hyperparameters, {.objective = loss});
    made->make_plans(device->info().kind, device->info().precision);
    storage->extend();
    update = std::move(made);
    return update_programs.emplace(*update, *storage);
  }

  /// The buffer of the parameters that evaluations see.
  int evaluated() const { return trains ? trains->method().evaluated : Store::parameters_id; }

  void renew_evaluated() {
    if (evaluated() == Store::parameters_id || has_evaluated) return;
    trains->renew_evaluated(block(learning_rate));
    has_evaluated = true;
  }

  /// Where the optimizer evaluates others than it trains: goes on from those, with the state of a first step.
  void begin_from_evaluated() {
    if (evaluated() == Store::parameters_id) return;
    renew_evaluated();
    storage->device().copy(storage->data(Store::parameters_id), storage->data(evaluated()),
                           store.flat_floats() * bytes_of(Type::f32));
    storage->reset(Role::optimizer);
    steps = 0;
    has_evaluated = false;
  }

  const Store::Parameter& find(std::string_view name) const {
    return find_named(store.parameters(), "parameter", name);
  }

  void initialize(std::uint64_t with) {
    storage->initialize(with);
    for (const Role role : {Role::gradients, Role::optimizer, Role::statistics, Role::carried}) storage->reset(role);
    seed = with;
    steps = 0;
    latest_loss = -1;
    with_outputs = nullptr;
    learns.reset();
    has_gradients = has_evaluated = false;
  }
};

Network::Network(NetworkDescription description, std::unique_ptr<Device> device) : parts_(std::make_unique<Parts>()) {
  check(description);
  require(device != nullptr, Fault::usage, "a network needs a device: cpu_device(), or cuda_device()");
  Parts& p = *parts_;
  p.description = std::move(description);
  p.device = std::move(device);
  const auto& optimizer = p.description.optimizer;
  if (optimizer) p.hyperparameters = resolve(*optimizer, p.description.hyperparameters);
  RecordedNetwork& first = p.of(optimizer ? NetworkUse::train : NetworkUse::differentiate, p.description.batch_size);
  if (optimizer) p.trains = &first;
  p.store.seal();
  p.storage.emplace(*p.device, p.store);
  first.bind(*p.storage);
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
  Parts& p = parts();
  p.optimizer();
  p.run(NetworkUse::train, numbers, learning_rate);
  p.has_gradients = true;
  p.stepped(learning_rate);
}

void Network::differentiate(const Numbers& numbers) {
  Parts& p = parts();
  p.run(NetworkUse::differentiate, numbers);
  p.has_gradients = true;
}

void Network::update(double learning_rate) {
  Parts& p = parts();
  p.update_alone().run(p.block(learning_rate));
  p.stepped(learning_rate);
}

float Network::loss() const {
  const Parts& p = parts();
  require(p.latest_loss >= 0, Fault::usage, "there is no loss yet: call train(), differentiate() or evaluate()");
  float loss = 0;
  p.storage->read(p.latest_loss, std::span(&loss, 1));
  return loss;
}

float Network::evaluate(const Numbers& numbers) {
  parts().run(NetworkUse::evaluate, numbers);
  return loss();
}

std::vector<float> Network::infer(const Numbers& numbers) {
  Parts& p = parts();
  RecordedNetwork& inferred = p.run(NetworkUse::infer, numbers);
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
  Parts& p = parts();
  const Store::Parameter& parameter = p.find(name);
  p.renew_evaluated();
  return p.storage->parameter_in(p.evaluated(), parameter);
}

std::vector<float> Network::gradient(std::string_view name) const {
  const Parts& p = parts();
  require(p.has_gradients, Fault::usage, "there are no gradients yet: call train() or differentiate()");
  return p.storage->gradient(p.find(name));
}

void Network::set_parameter(std::string_view name, std::span<const float> values) {
  Parts& p = parts();
  const Store::Parameter& parameter = p.find(name);
  require(std::ssize(values) == parameter.shape.elements(), Fault::usage, "parameter '", name, "' ",
          parameter.border.shape, " cannot take ", values.size(), " values");
  p.begin_from_evaluated();
  p.storage->set_parameter(parameter, values);
}

void Network::save(const std::filesystem::path& file) const {
  Parts& p = parts();
  p.renew_evaluated();
  save_parameters(file, *p.storage, p.evaluated());
}

void Network::load(const std::filesystem::path& file) {
  Parts& p = parts();
  const auto tensors = read_parameters(file, p.store);
  p.begin_from_evaluated();
  set_parameters(tensors, *p.storage);
}

void Network::restart(std::uint64_t seed) { parts().initialize(seed); }
std::int64_t Network::steps() const { return parts().steps; }
const Store& Network::store() const { return parts().store; }
Storage& Network::storage() {
  parts().has_evaluated = false;  // they may be changed there
  return *parts().storage;
}
Device& Network::device() { return *parts().device; }

}  // namespace deepobs
