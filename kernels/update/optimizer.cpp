#include "kernels/update/optimizer.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "engine/base/nearest_name.h"
#include "engine/base/printable.h"
#include "engine/base/read_number.h"
#include "engine/base/valid_name.h"
#include "engine/graph/cost.h"
#include "kernels/cpu/loops.h"
#include "kernels/update/method_graphs.h"
#include "kernels/update/method_recording.h"

namespace deepobs {
namespace {

template <class T>
const T& value_of(std::span<const NamedValue> values, std::string_view name) {
  const auto at = std::ranges::find(values, name, &NamedValue::name);
  std::string known;
  for (const auto& value : values) known += (known.empty() ? "" : ", ") + value.name;
  require(at != values.end(), Fault::usage, "configure() asks for a hyperparameter '", name,
          "', which is not declared; declared are: ", known.empty() ? "none" : known);
  const T* value = std::get_if<T>(&at->value);
  require(value != nullptr, Fault::usage, "configure() asks for the hyperparameter '", name,
          "' in another type than it is declared in");
  return *value;
}

const Hyperparameter& find_hyperparameter(const Optimizer& optimizer, std::string_view name) {
  return find_named(optimizer.hyperparameters, text(optimizer.name, " hyperparameter"), name);
}

}  // namespace

std::string wanted_words(const Hyperparameter& declared) {
  if (std::holds_alternative<bool>(declared.standard)) return "true or false";
  if (std::holds_alternative<std::int64_t>(declared.standard)) return "a whole number";
  if (std::holds_alternative<double>(declared.standard)) return "a number";
  if (std::holds_alternative<std::string>(declared.standard)) {
    std::string words;
    for (std::size_t i = 0; i < declared.choices.size(); ++i)
      words += (i == 0 ? "" : i + 1 < declared.choices.size() ? ", " : " or ") + declared.choices[i];
    return words;
  }
  return text(std::get<std::vector<double>>(declared.standard).size(), " numbers");
}

namespace {

std::string shown(const HyperValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return text(*whole);
  if (const auto* number = std::get_if<double>(&value)) return text(*number);
  if (const auto* word = std::get_if<std::string>(&value)) return text("'", printable_name(*word), "'");
  constexpr std::size_t most = 8;
  const auto& numbers = std::get<std::vector<double>>(value);
  std::string list;
  for (const double number : std::span(numbers).first(std::min(most, numbers.size())))
    list += text(list.empty() ? "" : ", ", number);
  return numbers.size() <= most ? "(" + list + ")" : text("(", list, ", ...) of ", numbers.size(), " numbers");
}

/// The value in the declared type, if it can stand for one.
std::optional<HyperValue> converted(const HyperValue& standard, const HyperValue& given) {
  if (std::holds_alternative<double>(standard))
    if (const auto* whole = std::get_if<std::int64_t>(&given)) return static_cast<double>(*whole);
  if (std::holds_alternative<std::int64_t>(standard))
    if (const auto* number = std::get_if<double>(&given))
      if (const auto whole = whole_number(*number)) return *whole;
  if (standard.index() != given.index()) return std::nullopt;
  if (const auto* numbers = std::get_if<std::vector<double>>(&given))
    if (numbers->size() != std::get<std::vector<double>>(standard).size()) return std::nullopt;
  return given;
}

std::vector<double> components(const HyperValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return {*number};
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return {static_cast<double>(*whole)};
  if (const auto* numbers = std::get_if<std::vector<double>>(&value)) return *numbers;
  return {};
}

// `whose` stands before the name in the message: "" or "the default of ".

void check_choice(const Optimizer& optimizer, const Hyperparameter& declared, const HyperValue& value,
                  const char* whose) {
  const auto* word = std::get_if<std::string>(&value);
  require(word == nullptr || std::ranges::find(declared.choices, *word) != declared.choices.end(), Fault::usage,
          optimizer.name, ": ", whose, declared.name, " must be ", wanted_words(declared), ", not ", shown(value));
}

void check_ranges(const Optimizer& optimizer, const Hyperparameter& declared, const HyperValue& value,
                  const char* whose) {
  check_choice(optimizer, declared, value, whose);
  const auto numbers = components(value);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto& ranges = declared.ranges;
    const Range range = ranges.empty() ? Range::any() : ranges[std::min(i, ranges.size() - 1)];
    const std::string which = numbers.size() > 1 ? text(declared.name, "[", i, "]") : declared.name;
    require(range.contains(numbers[i]), Fault::usage, optimizer.name, ": ", whose, which, " must be ", to_string(range),
            ", not ", numbers.size() > 1 ? text(numbers[i]) : shown(value));
  }
}

std::string_view trimmed(std::string_view text, std::string_view dropped) {
  const auto first = text.find_first_not_of(dropped);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(dropped) - first + 1);
}

/// Errors: a number that is too large or too small.
template <class Number>
std::optional<Number> parsed_number(std::string_view value) {
  Number number{};
  const NumberRead read = read_number(trimmed(value, " "), number);
  require(read != NumberRead::out_of_range, Fault::usage, "'", printable_name(value),
          "' is too large or too small to be represented");
  return read == NumberRead::number ? std::optional(number) : std::nullopt;
}

std::optional<std::vector<double>> parsed_numbers(std::string_view value) {
  value = trimmed(value, " ");
  if (value.size() >= 2 &&
      ((value.front() == '(' && value.back() == ')') || (value.front() == '[' && value.back() == ']')))
    value = value.substr(1, value.size() - 2);
  std::vector<double> numbers;
  for (std::size_t begin = 0; begin <= value.size();) {
    const std::size_t end = std::min(value.find(',', begin), value.size());
    const auto number = parsed_number<double>(value.substr(begin, end - begin));
    if (!number) return std::nullopt;
    numbers.push_back(*number);
    begin = end + 1;
  }
  return numbers;
}

std::optional<HyperValue> parsed(const HyperValue& standard, std::string_view value) {
  if (std::holds_alternative<bool>(standard)) {
    if (value == "true" || value == "True" || value == "1") return true;
    if (value == "false" || value == "False" || value == "0") return false;
    return std::nullopt;
  }
  if (std::holds_alternative<std::int64_t>(standard)) return parsed_number<std::int64_t>(value);
  if (std::holds_alternative<double>(standard)) return parsed_number<double>(value);
  if (std::holds_alternative<std::string>(standard)) return std::string(value);
  const auto numbers = parsed_numbers(value);
  return numbers ? converted(standard, *numbers) : std::nullopt;
}

void check_complete(const Optimizer& optimizer) {
  require(
      !optimizer.name.empty() && optimizer.configure != nullptr, Fault::usage, "optimizer '", printable(optimizer.name),
      "' is not complete: it needs a name and configure(), which makes its update; take one of find_optimizer(), or "
      "describe your own as the files of kernels/optim do");
}

/// A word of letters, digits and '_': what an option and a folder's name can hold.
bool is_word(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && !is_digit(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || is_digit(c); });
}

}  // namespace

bool Range::contains(double x) const {
  return std::isfinite(x) && (low_open ? x > low : x >= low) && (high_open ? x < high : x <= high);
}

std::string to_string(const Range& range) {
  if (std::isinf(range.low) && std::isinf(range.high)) return "a finite number";
  if (std::isinf(range.high)) return text(range.low_open ? "above " : "at least ", range.low);
  if (std::isinf(range.low)) return text(range.high_open ? "below " : "at most ", range.high);
  return text("in ", range.low_open ? "(" : "[", range.low, ", ", range.high, range.high_open ? ")" : "]");
}

double Hyperparameters::number(std::string_view name) const { return value_of<double>(values_, name); }
std::int64_t Hyperparameters::integer(std::string_view name) const { return value_of<std::int64_t>(values_, name); }
bool Hyperparameters::flag(std::string_view name) const { return value_of<bool>(values_, name); }

std::pair<double, double> Hyperparameters::pair(std::string_view name) const {
  const auto& both = value_of<std::vector<double>>(values_, name);
  require(both.size() == 2, Fault::internal, "hyperparameter '", name, "' has ", both.size(), " components, not 2");
  return {both[0], both[1]};
}

std::span<const double> Hyperparameters::numbers(std::string_view name) const {
  return value_of<std::vector<double>>(values_, name);
}

const std::string& Hyperparameters::choice(std::string_view name) const { return value_of<std::string>(values_, name); }

UpdateCut cut_parameters(const Store& store, std::span<const std::int64_t> left_out) {
  constexpr std::int64_t grain = parallel_grain;
  static_assert(grain % Store::alignment == 0, "cuts must not split a cache line");
  UpdateCut cut{.pieces = {}, .tasks = {0}};
  std::int64_t task = 0;
  for (const auto& parameter : store.parameters()) {
    if (std::ranges::find(left_out, parameter.offset) != left_out.end()) continue;
    const std::int64_t end = parameter.offset + parameter.shape.elements();
    for (std::int64_t at = parameter.offset; at < end;) {
      const std::int64_t next = std::min(end, (at / grain + 1) * grain);
      const bool same_task = at / grain == task;
      if (!same_task) {
        cut.tasks.push_back(static_cast<std::int64_t>(cut.pieces.size()));
        task = at / grain;
      }
      if (same_task && !cut.pieces.empty() && cut.pieces.back().begin + cut.pieces.back().count == at)
        cut.pieces.back().count += next - at;
      else
        cut.pieces.push_back({at, next - at});
      at = next;
    }
  }
  cut.tasks.push_back(static_cast<std::int64_t>(cut.pieces.size()));
  return cut;
}

Cost cost_of_update(const Node& node) {
  std::int64_t elements = 0, streams = 0;  // without the gaps between parameters, and those that are updated elsewhere
  for (const auto& piece : node.attributes.as<UpdateSite>().cut.pieces) elements += piece.count;
  for (const auto& value : node.in) streams += value.type() == Type::f32;
  const std::int64_t stream = elements * bytes_of(Type::f32), read = streams * stream;
  return {.bytes_read = read, .bytes_written_in_place = read - stream, .footprint = read};
}

void check_optimizer(const Optimizer& optimizer) {
  check_complete(optimizer);
  check_name("an optimizer", optimizer.name);
  for (const auto& declared : optimizer.hyperparameters) {
    require(is_word(declared.name), Fault::usage, optimizer.name, ": '", printable(declared.name),
            "' cannot be the name of a hyperparameter; it must be of letters, digits and '_', the first no digit");
    require(std::ranges::count(optimizer.hyperparameters, declared.name, &Hyperparameter::name) == 1, Fault::usage,
            optimizer.name, ": the hyperparameter '", declared.name, "' is declared twice");
    const auto* many = std::get_if<std::vector<double>>(&declared.standard);
    require(many == nullptr || !many->empty(), Fault::usage, optimizer.name, ": the default of ", declared.name,
            " is a list without numbers; it must have as many as every value is to have");
    require(std::holds_alternative<std::string>(declared.standard) != declared.choices.empty() &&
                std::ranges::all_of(declared.choices, is_word),
            Fault::usage, optimizer.name, ": ", declared.name,
            " must have choices if it is a text, and only then: words of letters, digits and '_'");
    check_ranges(optimizer, declared, declared.standard, "the default of ");
  }
}

NamedValue checked_hyperparameter(const Optimizer& optimizer, const NamedValue& given) {
  const Hyperparameter& declared = find_hyperparameter(optimizer, given.name);
  const auto value = converted(declared.standard, given.value);
  require(value.has_value(), Fault::usage, optimizer.name, ": ", declared.name, " must be ", wanted_words(declared),
          ", not ", shown(given.value));
  check_ranges(optimizer, declared, *value, "");
  return {declared.name, *value};
}

Hyperparameters resolve(const Optimizer& optimizer, std::span<const NamedValue> given) {
  check_optimizer(optimizer);
  for (std::size_t i = 0; i < given.size(); ++i) {
    find_hyperparameter(optimizer, given[i].name);
    require(std::ranges::count(given, given[i].name, &NamedValue::name) == 1, Fault::usage, optimizer.name, ": ",
            given[i].name, " was given more than once");
  }
  std::vector<NamedValue> values;
  for (const auto& declared : optimizer.hyperparameters) {
    const auto at = std::ranges::find(given, declared.name, &NamedValue::name);
    values.push_back(at == given.end() ? NamedValue{declared.name, declared.standard}
                                       : checked_hyperparameter(optimizer, *at));
  }
  Hyperparameters resolved(std::move(values));
  optimizer.configure(resolved);  // for its own checks, of values against each other
  return resolved;
}

NamedValue parse_hyperparameter(const Optimizer& optimizer, std::string_view name, std::string_view value) {
  const auto& declared = find_hyperparameter(optimizer, name);
  const auto read = [&] {
    try {
      return parsed(declared.standard, trimmed(value, " "));
    } catch (const Error& error) {
      fail(error.fault(), optimizer.name, ": ", name, ": ", error.what());
    }
  }();
  require(read.has_value(), Fault::usage, optimizer.name, ": ", name, " must be ", wanted_words(declared), ", not '",
          printable_name(value), "'");
  check_choice(optimizer, declared, *read, "");
  return {declared.name, *read};
}

namespace {

/// Errors: some node changes the parameters of the graph already.
void check_not_updated(const Graph& graph, const Optimizer& optimizer, Place at) {
  for (const auto& node : graph.nodes()) {
    if (const auto* other = node.attributes.find<UpdateSite>())
      fail(Fault::usage, optimizer.name, " at ", to_string(at), ": ", other->optimizer, " at ", to_string(node.place),
           " updates the parameters of this graph already");
    for (std::size_t i = 0; i < node.in.size(); ++i)
      require(!node.op->changes_operand(i) || graph.info(graph.root(node.in[i])).buffer != Store::parameters_id,
              Fault::usage, optimizer.name, " at ", to_string(at), ": ", node.described(),
              " updates the parameters of this graph already");
  }
}

void check_method(const Method& method, const Optimizer& optimizer, Place at) {
  require(
      method.record != nullptr || (method.rules.size() == 1 && method.evaluation == nullptr && method.drive == nullptr),
      Fault::usage, optimizer.name, " at ", to_string(at), ": configure() made a method without record() that has ",
      method.rules.size(), " rules", method.evaluation ? ", evaluation()" : "", method.drive ? ", drive()" : "",
      "; a method without record() is one rule, of flat_update(), and nothing else");
  const auto check_names = [&](const std::vector<OptimizerState>& states) {
    for (const OptimizerState& state : states)
      require(std::ranges::count(states, state.name, &OptimizerState::name) == 1, Fault::usage, optimizer.name, " at ",
              to_string(at), ": a rule has two states '", state.name, "'");
  };
  for (const Update& update : method.rules) {
    check_names(update.slots);
    check_names(update.carried);
  }
  for (const Update& update : method.rules)
    require(update.op != nullptr && update.attributes != nullptr, Fault::usage, optimizer.name, " at ", to_string(at),
            ": configure() made an update without op or attributes; flat_update() makes complete ones");
  for (const StepScalars& scalars : method.scalars)
    require(scalars.op != nullptr && scalars.attributes != nullptr, Fault::usage, optimizer.name, " at ", to_string(at),
            ": configure() made scalars of a step without op or attributes; step_scalars() makes complete ones");
}

}  // namespace

MethodGraphs record_method(Graph& graph, const Optimizer& optimizer, const Hyperparameters& hyperparameters,
                           const MethodSite& site, Place at) {
  require(!graph.store().parameters().empty(), Fault::usage, optimizer.name, " at ", to_string(at),
          ": there is no parameter to update; record the model first");
  check_complete(optimizer);
  const Method method = optimizer.configure(hyperparameters);
  check_method(method, optimizer, at);
  graph.store().seal();
  check_not_updated(graph, optimizer, at);
  return MethodRecording(graph, optimizer, hyperparameters, method, site, at).graphs();
}

void record_update(Graph& graph, const Optimizer& optimizer, const Hyperparameters& hyperparameters, GradientUse use,
                   Place at) {
  const MethodGraphs made = record_method(graph, optimizer, hyperparameters, {.gradients = use}, at);
  require(made.parts.empty() && made.evaluation == nullptr, Fault::usage, optimizer.name, " at ", to_string(at),
          ": its step is more than one graph: record_method() returns all of them");
}

}  // namespace deepobs
