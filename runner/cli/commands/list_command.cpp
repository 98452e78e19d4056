#include <algorithm>
#include <iomanip>
#include <ostream>

#include "engine/base/check.h"
#include "engine/base/nearest_name.h"
#include "engine/base/printable.h"
#include "problems/data/dataset_info.h"
#include "problems/problem.h"
#include "runner/cli/commands/commands.h"
#include "runner/results/json/json_writer.h"

namespace deepobs {
namespace {

/// How wide a column of names is, so that a gap is behind the longest.
int width_of(std::size_t least, const auto& all) {
  std::size_t width = least;
  for (const auto* one : all) width = std::max(width, one->name.size() + 2);
  return static_cast<int>(width);
}

void list_problems(const std::vector<const Problem*>& problems, std::ostream& out) {
  const int width = width_of(16, problems);
  out << "problems\n";
  for (const Problem* problem : problems) {
    out << "  " << std::left << std::setw(width) << problem->name << problem->title;
    if (problem->batch_size && problem->num_epochs)
      out << " (batch " << *problem->batch_size << ", " << *problem->num_epochs << " epochs)";
    out << '\n';
  }
}

void list_optimizers(const std::vector<const Optimizer*>& optimizers, std::ostream& out) {
  const int width = width_of(19, optimizers);
  out << "optimizers\n";
  for (const Optimizer* optimizer : optimizers) {
    std::string names;
    for (const auto& hyper : optimizer->hyperparameters) names += (names.empty() ? "" : ", ") + hyper.name;
    out << "  " << std::left << std::setw(width) << optimizer->name << (names.empty() ? "no hyperparameters" : names)
        << '\n';
  }
}

void list_datasets(const std::vector<const DatasetInfo*>& data_sets, std::ostream& out) {
  const int width = width_of(16, data_sets);
  out << "data sets\n";
  for (const DatasetInfo* info : data_sets) {
    out << "  " << std::left << std::setw(width) << info->name << info->title << ", " << info->train << " + "
        << info->test << ' ' << content_words(info->columns, false);
    for (const auto& column : info->columns)
      if (column.kinds > 0) out << ", " << column.kinds << ' ' << column.kinds_name;
    out << (info->is_streamed() ? ", streamed\n" : "\n");
  }
}

void write_json(const std::string& what, const Catalogue& catalogue, std::ostream& out) {
  JsonWriter json(2);
  json.begin_object();
  const auto list = [&](const char* key, const auto& all, auto write) {
    if (!what.empty() && what != key) return;
    json.key(key).begin_array();
    for (const auto* one : all) write(*one);
    json.end_array();
  };
  list("problems", catalogue.problems(), [&](const Problem& problem) {
    json.begin_object().member("name", problem.name).member("title", problem.title);
    json.member("dataset", problem.dataset).member("batch_size", problem.batch_size);
    json.member("num_epochs", problem.num_epochs).end_object();
  });
  list("optimizers", catalogue.optimizers(), [&](const Optimizer& optimizer) {
    json.begin_object().member("name", optimizer.name).member("source", optimizer.source);
    json.key("hyperparameters").begin_array();
    for (const auto& hyper : optimizer.hyperparameters) json.value(hyper.name);
    json.end_array().end_object();
  });
  list("datasets", catalogue.data_sets(), [&](const DatasetInfo& info) {
    json.begin_object().member("name", info.name).member("title", info.title);
    json.member("train", info.train).member("test", info.test).member("valid", info.valid).end_object();
  });
  json.end_object();
  out << json.finish() << '\n';
}

/// Somebody who writes the name of one thing wants to know of it.
void check_what(const std::string& what, const Catalogue& catalogue) {
  const std::vector<std::string> lists{"problems", "optimizers", "datasets"};
  if (what.empty() || std::ranges::find(lists, what) != lists.end()) return;
  const bool is_name = find_among(catalogue.problems(), what) || find_among(catalogue.optimizers(), what) ||
                       find_among(catalogue.data_sets(), what);
  const std::string near = nearest(what, lists);
  fail(Fault::usage, "list takes problems, optimizers or datasets, not '", printable_name(what), "'",
       is_name        ? "; deepobs info " + what + " describes it"
       : near.empty() ? ""
                      : ": did you mean " + near + "?",
       "\nSee: deepobs list --help");
}

}  // namespace

void list_command(const std::string& what, bool json, const Catalogue& catalogue, std::ostream& out) {
  check_what(what, catalogue);
  if (json) return write_json(what, catalogue, out);
  if (what.empty() || what == "problems") list_problems(catalogue.problems(), out);
  if (what.empty() || what == "optimizers") list_optimizers(catalogue.optimizers(), out);
  if (what.empty() || what == "datasets") list_datasets(catalogue.data_sets(), out);
}

}  // namespace deepobs
