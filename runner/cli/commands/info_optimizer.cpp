#include <algorithm>
#include <cmath>
#include <ostream>

#include "engine/base/check.h"
#include "runner/cli/commands/info_pages.h"
#include "runner/results/json/json_writer.h"
#include "runner/results/text/counted.h"
#include "runner/results/text/text_table.h"
#include "runner/training/config/setting_value.h"
#include "runner/training/training_graphs.h"

namespace deepobs {
namespace {

/// A state that an optimizer keeps from step to step, of one tensor or of several.
struct State {
  std::string name;
  std::int64_t per_parameter = 0;  ///< numbers for each parameter; 0: their number follows from something else
  std::int64_t numbers = 0, tensors = 0;
};

/// An optimizer at work on a problem, to be looked at: with its defaults, without data and memory.
struct AtWork {
  explicit AtWork(const Optimizer& optimizer)
      : run(resolve({.testproblem = "mnist_mlp", .learning_rate = 1, .no_logs = true}, optimizer)),
        graphs(run, data_of(*run.data_set)) {}

  static Dataset data_of(const DatasetInfo& info) {
    Dataset described;
    described.name = info.name;
    described.columns = info.columns;
    described.train.count = info.train;
    described.test.count = info.test;
    return described;
  }

  std::vector<State> states() const {
    constexpr std::string_view prefix = "optimizer.";
    const Store& store = graphs.store;
    std::vector<State> found;
    for (const int id : store.of_role(Role::optimizer)) {
      const Store::Buffer& buffer = store.buffer(id);
      if (id == graphs.train.method.evaluations) continue;  // a count, for the result
      std::string name = buffer.name.substr(prefix.size());
      for (const auto& parameter : store.parameters())  // "momentum_buffer.dense1.weight"
        if (name.ends_with("." + parameter.name)) name.resize(name.size() - parameter.name.size() - 1);
      auto at = std::ranges::find(found, name, &State::name);
      if (at == found.end()) at = found.insert(found.end(), State{name});
      const std::int64_t numbers = buffer.shape.elements();
      at->numbers += numbers;
      ++at->tensors;
      if (numbers % store.flat_floats() == 0) at->per_parameter = numbers / store.flat_floats();
    }
    return found;
  }

  Run run;
  TrainingGraphs graphs;
};

/// "0.9", "0.9, 0.999".
std::string standard_words(const Hyperparameter& hyper) {
  const auto* many = std::get_if<std::vector<double>>(&hyper.standard);
  if (many == nullptr) return to_string(hyper.standard);
  std::string words;
  for (const double each : *many) words += text(words.empty() ? "" : ", ", to_string(HyperValue(each)));
  return words;
}

/// "true or false", "at least 0", "in [0, 1); above 1".
std::string range_words(const Hyperparameter& hyper) {
  if (hyper.ranges.empty()) return wanted_words(hyper);
  std::string words;
  for (const Range& range : hyper.ranges) words += (words.empty() ? "" : "; ") + to_string(range);
  return std::holds_alternative<std::int64_t>(hyper.standard) ? "whole, " + words : words;
}

std::string kept_words(const State& state, const TrainingGraphs& graphs) {
  if (state.per_parameter > 0) return counted(state.per_parameter, "number") + " for each parameter";
  if (state.tensors == 1) return counted(state.numbers, "number");
  return text(counted(state.numbers, "number"), " for ", state.tensors, " of the ", graphs.store.parameters().size(),
              " tensors of mnist_mlp");
}

void write_range(JsonWriter& json, const Range& range) {
  const auto limit = [&](const char* key, double value) {
    json.key(key);
    std::isinf(value) ? json.null() : json.value(value);
  };
  json.begin_object();
  limit("low", range.low);
  limit("high", range.high);
  json.member("low_open", range.low_open).member("high_open", range.high_open).end_object();
}

void print_json(const Optimizer& optimizer, const AtWork& work, std::ostream& out) {
  JsonWriter json(2);
  json.begin_object().member("name", optimizer.name).member("kind", "optimizer").member("source", optimizer.source);
  json.member("usual_learning_rate", optimizer.usual_learning_rate).key("hyperparameters").begin_array();
  for (const auto& hyper : optimizer.hyperparameters) {
    json.begin_object().member("name", hyper.name).key("default");
    write_value(json, hyper.standard);
    json.key("choices").begin_array();
    for (const auto& choice : hyper.choices) json.value(choice);
    json.end_array().key("ranges").begin_array();
    for (const Range& range : hyper.ranges) write_range(json, range);
    json.end_array().member("help", hyper.help).end_object();
  }
  json.end_array().key("states").begin_array();
  for (const State& state : work.states()) {
    json.begin_object().member("name", state.name).key("per_parameter");
    state.per_parameter > 0 ? json.value(state.per_parameter) : json.null();
    json.member("numbers_on_mnist_mlp", state.numbers).end_object();
  }
  const MethodGraphs& method = work.graphs.train.method;
  json.end_array().key("gradients_a_step");
  method.drive ? json.null() : json.value(method.gradients_a_step);
  json.member("evaluates_other_weights", method.evaluation != nullptr).end_object();
  out << json.finish() << '\n';
}

void print_text(const Optimizer& optimizer, const AtWork& work, std::ostream& out) {
  out << optimizer.name << ": " << optimizer.source << "\n\n";
  if (!optimizer.hyperparameters.empty()) {
    TextTable table({"hyperparameter", "default", "range", "what it is"});
    for (const auto& hyper : optimizer.hyperparameters)
      table.add({hyper.name, standard_words(hyper), range_words(hyper), hyper.help});
    out << table.text() << '\n';
  }
  out << "learning rate  " << optimizer.usual_learning_rate << " is usual; it is always yours to choose\n";
  const auto states = work.states();
  for (const State& state : states)
    out << (&state == states.data() ? "keeps          " : "               ") << state.name << ", "
        << kept_words(state, work.graphs) << '\n';
  if (states.empty()) out << "keeps          nothing, with these defaults\n";
  const MethodGraphs& method = work.graphs.train.method;
  out << "gradients      "
      << (method.drive ? "as many a step as it asks for" : counted(method.gradients_a_step, "evaluation") + " a step")
      << '\n';
  if (method.evaluation) out << "evaluates      other weights than it trains, and --save_params writes those\n";
}

}  // namespace

void describe_optimizer(const Optimizer& optimizer, bool json, std::ostream& out) {
  const AtWork work(optimizer);
  json ? print_json(optimizer, work, out) : print_text(optimizer, work, out);
}

}  // namespace deepobs
