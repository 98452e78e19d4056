#include <algorithm>
#include <iomanip>
#include <ostream>

#include "engine/base/check.h"
#include "problems/data/dataset_info.h"
#include "problems/problem.h"
#include "runner/cli/commands/commands.h"
#include "runner/results/text/python_text.h"

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
    out << (info.is_streamed() ? ", streamed\n" : "\n");
  }
}

}  // namespace

void list_command(const std::string& what, const Catalogue& catalogue, std::ostream& out) {
  if (what.empty() || what == "problems") list_problems(catalogue.problems(), out);
  if (what.empty() || what == "optimizers") list_optimizers(catalogue.optimizers(), out);
  if (what.empty() || what == "datasets") list_datasets(catalogue.data_sets(), out);
}

}  // namespace deepobs
