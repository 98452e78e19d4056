#include "problems/network/recorded_network.h"

#include <algorithm>

#include "engine/base/nearest_name.h"
#include "engine/tensor/precision.h"
#include "kernels/backward.h"
#include "kernels/passes/drop_unread.h"
#include "kernels/passes/for_gpu.h"

namespace deepobs {
namespace {

Shape shape_of(const NetworkDescription::Input& input, std::int64_t batch) {
  std::vector<std::int64_t> extents{batch};
  extents.insert(extents.end(), input.item.extents().begin(), input.item.extents().end());
  return Shape(extents);
}

/// The first number that does not lie in [0, limit), and its place; nothing: all do.
template <class T>
std::optional<std::pair<std::int64_t, std::int64_t>> beyond(const NamedNumbers& given, std::int64_t limit) {
  const auto* numbers = static_cast<const T*>(given.data);
  for (std::int64_t i = 0; i < given.count; ++i)
    if (const std::int64_t number = numbers[i]; number < 0 || number >= limit) return {{number, i}};
  return std::nullopt;
}

}  // namespace

std::string_view name_of(NetworkUse use) {
  switch (use) {
    case NetworkUse::differentiate:
      return "training";
    case NetworkUse::evaluate:
      return "evaluation";
    case NetworkUse::infer:
      return "inference";
  }
  return "unknown";
}

RecordedNetwork::RecordedNetwork(Store& store, const NetworkDescription& description, NetworkUse use,
                                 std::int64_t batch, const DeviceInfo& device)
    : use_(use), batch_(batch), graph_(store) {
  const bool on_cpu = device.kind == "cpu";
  declare_inputs(description);
  std::vector<std::pair<std::string, Value>> values;
  for (const Input& input : inputs_) values.emplace_back(input.name, input.value);
  Layers layers(graph_, use == NetworkUse::differentiate ? Mode::train : Mode::evaluate,
                on_cpu ? ConvAlgorithm::automatic : ConvAlgorithm::direct);  // tiles are the CPU's
  auto computed = description.record(layers, Batch(std::move(values)));
  graph_.set_label("");
  has_loss_ = computed.loss != Value();
  if (has_loss_)
    require(computed.loss.shape() == Shape{}, Fault::usage,
            "the loss of a network must be a scalar [], the mean over the mini-batch for example, not ",
            computed.loss.described());
  outputs_ = std::move(computed.outputs);
  for (const auto& [name, value] : outputs_) {
    require(value != Value(), Fault::usage, "the network's output '", name, "' is an empty Value");
    require(std::ranges::count(outputs_, name, &std::pair<std::string, Value>::first) == 1, Fault::usage,
            "the network has two outputs '", name, "'");
  }

  if (use == NetworkUse::infer) {
    for (const auto& output : outputs_) graph_.keep(output.second);
  } else if (has_loss_) {
    loss_ = computed.loss;
    graph_.keep(loss_);
    if (use == NetworkUse::differentiate) backward(loss_);
  }
  drop_unread(graph_);
  find_reads();
  if (!on_cpu) record_for_gpu(graph_, precision_of(device.precision));
  plan_ = make_plan(graph_);
}

void RecordedNetwork::declare_inputs(const NetworkDescription& description) {
  for (const auto& input : description.inputs) {
    const int buffer = graph_.store().shared_buffer({.name = text("input ", input.name, " of ", batch_, " examples"),
                                                     .type = input.type,
                                                     .shape = shape_of(input, batch_)});
    inputs_.push_back({.name = input.name, .value = graph_.buffer(buffer)});
  }
}

void RecordedNetwork::find_reads() {
  const auto input_of = [&](Value value) {
    return std::ranges::find(inputs_, graph_.root(value.id()), [](const Input& input) { return input.value.id(); });
  };
  for (const Node& node : graph_.nodes())
    for (std::size_t i = 0; i < node.in.size(); ++i) {
      const auto input = input_of(node.in[i]);
      if (input == inputs_.end()) continue;
      input->read = true;
      const auto limit = node.op->operand(i).limit;
      if (limit == nullptr || (input->limit > 0 && input->limit <= limit(node))) continue;
      input->limit = limit(node);
      input->limited_by = node.described();
    }
  for (const auto& [name, value] : outputs_)
    if (const auto input = input_of(value); input != inputs_.end()) input->read = true;
}

void RecordedNetwork::bind(Storage& storage) {
  storage_ = &storage;
  program_ = std::make_unique<Program>(graph_, plan_, storage);
}

void RecordedNetwork::check_numbers(const Input& input, const NamedNumbers& given) const {
  require(given.type == input.value.type(), Fault::usage, "the network's input '", input.name, "' takes ",
          name_of(input.value.type()), " numbers, not ", name_of(given.type));
  if (input.limit == 0) return;
  const auto wrong =
      given.type == Type::u8 ? beyond<std::uint8_t>(given, input.limit) : beyond<std::int32_t>(given, input.limit);
  if (!wrong) return;
  const auto& [number, place] = *wrong;
  fail(Fault::usage, "the network's input '", input.name, "' holds ", number, " (number ", place, " of ", given.count,
       ", counted from 0), but ", input.limited_by, " takes whole numbers from 0 to ", input.limit - 1);
}

void RecordedNetwork::run(const Network::Numbers& numbers, const StepBlock& step) {
  const auto of = [&](const Input& input) { return std::ranges::find(numbers, input.name, &NamedNumbers::name); };
  for (const Input& input : inputs_) {
    const auto given = of(input);
    require(given != numbers.end() || !input.read, Fault::usage, name_of(use_), " of this network needs the input '",
            input.name, "', which was not given");
    if (given != numbers.end()) check_numbers(input, *given);
  }
  for (const Input& input : inputs_) {
    if (!input.read) continue;
    const auto given = of(input);
    const auto bytes = static_cast<std::size_t>(given->count * bytes_of(given->type));
    storage_->write(graph_.info(input.value).buffer, std::span(static_cast<const std::byte*>(given->data), bytes));
  }
  program_->run(step);
}

std::vector<float> RecordedNetwork::read(Value value) const {
  std::vector<float> numbers(static_cast<std::size_t>(value.shape().elements()));
  program_->read(value, std::span(numbers));
  return numbers;
}

float RecordedNetwork::loss() const { return read(loss_)[0]; }

std::vector<float> RecordedNetwork::output(std::string_view name) const {
  std::vector<std::string> known;
  for (const auto& [known_name, value] : outputs_) {
    if (known_name == name) return read(value);
    known.push_back(known_name);
  }
  fail(Fault::usage, unknown_name_text("output of the network", name, known));
}

}  // namespace deepobs
