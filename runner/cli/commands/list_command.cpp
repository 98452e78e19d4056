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
    out << (info.is_streamed() ? ", streamed\n" : "\n");
  }
}

}  // namespace

void list_command(const std::string& what, std::span<const Optimizer> own, std::ostream& out) {
  if (what.empty() || what == "problems") list_problems(out);
  if (what.empty() || what == "optimizers") {
    out << "optimizers\n";
    for (const auto& optimizer : own) list_optimizer(optimizer, out);
    for (const auto& optimizer : optimizers()) list_optimizer(optimizer, out);
  }
  if (what.empty() || what == "datasets") list_datasets(out);
}

}  // namespace deepobs
