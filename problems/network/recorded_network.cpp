#include "problems/network/recorded_network.h"

#include <algorithm>

#include "engine/base/nearest_name.h"
#include "kernels/backward.h"
#include "kernels/ops/logs/log_scalar.h"
#include "kernels/passes/drop_unread.h"

namespace deepobs {
namespace {

constexpr std::string_view no_loss = "this network has no loss: its record function returned none";

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
    case NetworkUse::train:
    case NetworkUse::differentiate:
      return "training";
    case NetworkUse::evaluate:
      return "evaluation";
    case NetworkUse::infer:
      return "inference";
  }
  return "unknown";
}

RecordedNetwork::RecordedNetwork(Store& store, const NetworkDescription& description, const NetworkSite& site)
    : use_(site.use), batch_(site.batch), step_(store) {
  const bool learns = use_ == NetworkUse::train || use_ == NetworkUse::differentiate;
  Graph& graph = step_.graph;
  if (!learns) graph.read_parameters_from(site.parameters);
  declare_inputs(description);
  std::vector<std::pair<std::string, Value>> inputs;
  for (const Input& input : inputs_) inputs.emplace_back(input.name, input.value);
  const Record record = [&] {
    Layers layers(graph, learns ? Mode::train : Mode::evaluate,
                  site.device.kind == "cpu" ? ConvAlgorithm::automatic : ConvAlgorithm::direct);  // tiles are the CPU's
    auto values = description.record(layers, Batch(inputs));
    graph.set_label("");
    return values;
  };
  auto computed = record();
  if (computed.loss != Value())
    require(computed.loss.shape() == Shape{}, Fault::usage,
            "the loss of a network must be a scalar [], the mean over the mini-batch for example, not ",
            computed.loss.described());
  outputs_ = std::move(computed.outputs);
  for (const auto& [name, value] : outputs_) {
    require(value != Value(), Fault::usage, "the network's output '", name, "' is an empty Value");
    require(std::ranges::count(outputs_, name, &std::pair<std::string, Value>::first) == 1, Fault::usage,
            "the network has two outputs '", name, "'");
  }
  if (use_ == NetworkUse::infer)
    for (const auto& output : outputs_) graph.keep(output.second);
  else if (computed.loss != Value())
    record_loss(description, site, computed.loss, record);
  require(use_ != NetworkUse::train || loss_ >= 0, Fault::usage, no_loss);
  drop_unread(graph);
  find_reads();
  step_.make_plans(site.device.kind, site.device.precision);
}

void RecordedNetwork::record_loss(const NetworkDescription& description, const NetworkSite& site, Value loss,
                                  const Record& record) {
  Graph& graph = step_.graph;
  const bool evaluates = use_ == NetworkUse::evaluate;
  loss_ = graph.store().shared_buffer(
      {.name = evaluates ? "network.evaluated_loss" : "network.loss", .role = Role::log, .shape = {1}});
  log_scalar(loss, loss_);
  if (evaluates) return;
  backward(loss);
  if (use_ == NetworkUse::train)
    step_.method = record_method(graph, *description.optimizer, site.hyperparameters,
                                 {.objective = loss, .record_again = [&] { return record().loss; }});
}

void RecordedNetwork::declare_inputs(const NetworkDescription& description) {
  for (const auto& input : description.inputs) {
    Graph& graph = step_.graph;
    const int buffer = graph.store().shared_buffer({.name = text("input ", input.name, " of ", batch_, " examples"),
                                                    .type = input.type,
                                                    .shape = shape_of(input, batch_)});
    inputs_.push_back({.name = input.name, .value = graph.buffer(buffer)});
  }
}

void RecordedNetwork::find_reads() {
  const Graph& graph = step_.graph;
  const auto input_of = [&](Value value) {
    return std::ranges::find(inputs_, graph.root(value.id()), [](const Input& input) { return input.value.id(); });
  };
  for (const Node& node : graph.nodes())
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
  programs_.emplace(step_, storage);
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
  require(use_ == NetworkUse::infer || loss_ >= 0, Fault::usage, no_loss);
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
    storage_->write(step_.graph.info(input.value).buffer, std::span(static_cast<const std::byte*>(given->data), bytes));
  }
  programs_->run(step);
}

std::vector<float> RecordedNetwork::output(std::string_view name) {
  std::vector<std::string> known;
  for (const auto& [known_name, value] : outputs_) {
    if (known_name == name) {
      std::vector<float> numbers(static_cast<std::size_t>(value.shape().elements()));
      programs_->program(0).read(value, std::span(numbers));
      return numbers;
    }
    known.push_back(known_name);
  }
  fail(Fault::usage, unknown_name_text("output of the network", name, known));
}

}  // namespace deepobs
