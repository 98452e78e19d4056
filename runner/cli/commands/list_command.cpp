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

void list_problems(std::ostream& out) {
  std::size_t width = 16;
  for (const auto& problem : problems()) width = std::max(width, problem.name.size() + 2);
  out << "problems\n";
  for (const auto& problem : problems()) {
    out << "  " << std::left << std::setw(static_cast<int>(width)) << problem.name << problem.title;
    if (problem.batch_size && problem.num_epochs)
      out << " (batch " << *problem.batch_size << ", " << *problem.num_epochs << " epochs)";
    out << '\n';
  }
}

void list_optimizer(const Optimizer& optimizer, std::ostream& out) {
  std::string names;
  for (const auto& hyper : optimizer.hyperparameters) names += (names.empty() ? "" : ", ") + hyper.name;
  out << "  " << std::left << std::setw(19) << optimizer.name << (names.empty() ? "no hyperparameters" : names) << '\n';
}

void list_datasets(std::ostream& out) {
  out << "data sets\n";
  for (const auto& info : data_sets()) {
    out << "  " << std::left << std::setw(16) << info.name << info.title << ", " << info.train << " + " << info.test
        << ' ' << content_words(info.columns, false);
    for (const auto& column : info.columns)
      if (column.kinds > 0) out << ", " << column.kinds << ' ' << column.kinds_name;
    out << '\n';
  }
}

void write_json(const std::string& what, std::span<const Optimizer> own, std::ostream& out) {
  JsonWriter json(2);
  json.begin_object();
  const auto list = [&](const char* key, auto write_all) {
    if (!what.empty() && what != key) return;
    json.key(key).begin_array();
    write_all();
    json.end_array();
  };
  const auto optional = [&](const char* key, const auto& value) {
    json.key(key);
    value ? json.value(*value) : json.null();
  };
  list("problems", [&] {
    for (const auto& problem : problems()) {
      json.begin_object().member("name", problem.name).member("title", problem.title);
      json.member("dataset", problem.dataset);
      optional("batch_size", problem.batch_size);
      optional("num_epochs", problem.num_epochs);
      json.end_object();
    }
  });
  const auto write_optimizer = [&](const Optimizer& optimizer) {
    json.begin_object().member("name", optimizer.name).member("source", optimizer.source);
    json.key("hyperparameters").begin_array();
    for (const auto& hyper : optimizer.hyperparameters) json.value(hyper.name);
    json.end_array().end_object();
  };
  list("optimizers", [&] {
    for (const auto& optimizer : own) write_optimizer(optimizer);
    for (const auto& optimizer : optimizers()) write_optimizer(optimizer);
  });
  list("datasets", [&] {
    for (const auto& info : data_sets()) {
      json.begin_object().member("name", info.name).member("title", info.title);
      json.member("train", info.train).member("test", info.test).member("valid", info.valid).end_object();
    }
  });
  json.end_object();
  out << json.finish() << '\n';
}

/// Somebody who writes the name of one thing wants to know of it.
void check_what(const std::string& what, std::span<const Optimizer> own) {
  const std::vector<std::string> lists{"problems", "optimizers", "datasets"};
  if (what.empty() || std::ranges::find(lists, what) != lists.end()) return;
  const auto has = [&](const auto& all) {
    return std::ranges::any_of(all, [&](const auto& each) { return each.name == what; });
  };
  const bool is_name = has(problems()) || has(own) || has(optimizers()) || has(data_sets());
  const std::string near = nearest(what, lists);
  fail(Fault::usage, "list takes problems, optimizers or datasets, not '", printable_name(what), "'",
       is_name        ? "; deepobs info " + what + " describes it"
       : near.empty() ? ""
                      : ": did you mean " + near + "?",
       "\nSee: deepobs list --help");
}

}  // namespace

void list_command(const std::string& what, bool json, std::span<const Optimizer> own, std::ostream& out) {
  check_what(what, own);
  if (json) return write_json(what, own, out);
  if (what.empty() || what == "problems") list_problems(out);
  if (what.empty() || what == "optimizers") {
    out << "optimizers\n";
    for (const auto& optimizer : own) list_optimizer(optimizer, out);
    for (const auto& optimizer : optimizers()) list_optimizer(optimizer, out);
  }
  if (what.empty() || what == "datasets") list_datasets(out);
}

}  // namespace deepobs
