#include <algorithm>
#include <iomanip>
#include <ostream>

#include "engine/base/check.h"
#include "problems/data/dataset_info.h"
#include "runner/cli/commands/info_pages.h"
#include "runner/results/json/json_writer.h"
#include "runner/training/recorded_model.h"

namespace deepobs {
namespace {

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

/// A column that holds all of these texts, and a gap behind them.
int width_of(std::size_t least, const auto& items, auto text_of) {
  std::size_t width = least;
  for (const auto& item : items) width = std::max(width, text_of(item).size() + 2);
  return static_cast<int>(width);
}

void print_json(const Problem& problem, const RecordedModel& model, std::ostream& out) {
  JsonWriter json(2);
  const auto shape = [&](const Shape& of) {
    json.begin_array();
    for (const auto extent : of.extents()) json.value(extent);
    json.end_array();
  };
  json.begin_object().member("name", problem.name).member("kind", "problem").member("title", problem.title);
  json.member("dataset", problem.dataset);
  json.member("loss", problem.loss_name).member("has_accuracy", model.has_accuracy());
  json.member("weight_decay", problem.weight_decay);
  json.member("batch_size", problem.batch_size);
  json.member("num_epochs", problem.num_epochs);
  json.member("train_eval_size", problem.train_eval_size);
  json.member("parameter_count", model.store.parameter_count());
  json.key("layers").begin_array();
  for (const auto& row : model.rows) {
    json.begin_object().member("name", row.name).member("kind", row.kind).member("detail", row.detail).key("output");
    shape(row.output);
    json.member("parameters", row.parameters).end_object();
  }
  json.end_array().key("parameters").begin_array();
  for (const auto& parameter : model.store.parameters()) {
    json.begin_object().member("name", parameter.name).key("shape");
    shape(parameter.border.shape);
    json.end_object();
  }
  json.end_array().key("state").begin_array();
  for (const int index : model.store.of_role(Role::statistics)) {
    const Store::Buffer& buffer = model.store.buffer(index);
    json.begin_object().member("name", buffer.name).key("shape");
    shape(buffer.shape);
    json.end_object();
  }
  json.end_array().member("source", problem.source).end_object();
  out << json.finish() << '\n';
}

void print_text(const Problem& problem, const DatasetInfo& data, const RecordedModel& model, std::ostream& out) {
  out << problem.name << ": " << problem.title << "\n\n";
  const int name = width_of(10, model.rows, [](const LayerRow& row) { return row.name; });
  const int kind = width_of(10, model.rows, [](const LayerRow& row) { return row.kind; });
  const int detail = width_of(24, model.rows, [](const LayerRow& row) { return row.detail; });
  const int output = width_of(16, model.rows, [](const LayerRow& row) { return text(row.output); });
  out << std::left << std::setw(name) << "layer" << std::setw(kind) << "kind" << std::setw(detail) << ""
      << std::setw(output) << "output" << std::right << std::setw(12) << "parameters" << '\n';
  for (const auto& row : model.rows)
    out << std::left << std::setw(name) << row.name << std::setw(kind) << row.kind << std::setw(detail) << row.detail
        << std::setw(output) << text(row.output) << std::right << std::setw(12)
        << (row.parameters ? grouped(row.parameters) : "") << '\n';
  out << std::left << std::setw(name + kind + detail + output) << "total" << std::right << std::setw(12)
      << grouped(model.store.parameter_count()) << "\n\nparameters, as files keep them\n";
  const int parameter_name =
      width_of(14, model.store.parameters(), [](const Store::Parameter& parameter) { return parameter.name; });
  for (const auto& parameter : model.store.parameters())
    out << "  " << std::left << std::setw(parameter_name) << parameter.name << parameter.border.shape << '\n';
  const auto statistics = model.store.of_role(Role::statistics);
  const int state_name = width_of(14, statistics, [&](int index) { return model.store.buffer(index).name; });
  if (!statistics.empty()) out << "\nstate, which files keep, too\n";
  for (const int index : statistics)
    out << "  " << std::left << std::setw(state_name) << model.store.buffer(index).name
        << model.store.buffer(index).shape << '\n';

  out << "\nloss           " << problem.loss_name << (model.has_accuracy() ? ", with accuracy" : ", no accuracy")
      << "\nregulariser    ";
  if (problem.weight_decay)
    out << "L2 on all conv and dense weights, factor " << *problem.weight_decay << " (--weight_decay)";
  else
    out << "none";
  out << "\nbatch size     " << (problem.batch_size ? std::to_string(*problem.batch_size) : "no default")
      << "\nepochs         " << (problem.num_epochs ? std::to_string(*problem.num_epochs) : "no default")
      << "\ndata           " << data.title << ", " << data.train << " + " << data.test << ' '
      << content_words(data.columns, true) << (data.is_streamed() ? ", streamed" : "") << "\ntrain-eval     "
      << problem.train_eval_size << " training examples\nsource         " << problem.source << '\n';
}

}  // namespace

void describe_problem(const Problem& problem, const DatasetInfo& data, bool json, std::ostream& out) {
  const RecordedModel model(problem, data);
  json ? print_json(problem, model, out) : print_text(problem, data, model, out);
}

}  // namespace deepobs
