#include "runner/analysis/output/performance_latex.h"

#include <cmath>

#include "runner/analysis/output/foreign_text.h"
#include "runner/results/text/text_table.h"

namespace deepobs {
namespace {

std::string tuneability_latex(const std::string& words) {
  std::string left;
  for (const char c : words)
    if (c != '{' && c != '}' && c != '\'' && c != '_') left += c;
  return latex_text(left);
}

std::string cell_latex(const TableCell& cell, const std::optional<double>& score) {
  if (const auto* words = std::get_if<std::string>(&cell)) return tuneability_latex(*words);
  const auto* number = std::get_if<double>(&cell);
  if (number == nullptr) return "";
  const std::string value = std::isfinite(*number) ? fixed(*number, 4)
                            : std::isnan(*number)  ? "nan"
                            : *number > 0          ? "inf"
                                                   : "-inf";
  return (score ? "\\cca{" + std::to_string(static_cast<int>(*score)) + "}" : "") + "{" + value + "}";
}

}  // namespace

std::string performance_latex(const PerformanceTable& table) {
  std::string out =
      "% Needs \\usepackage{booktabs}, \\usepackage{graphicx} and \\usepackage[table]{xcolor}.\n"
      "\\def\\cca#1#2{\\cellcolor{green!#1!red}\\ifnum #1<50\\color{white}\\fi{#2}}\n"
      "\\resizebox{\\textwidth}{!}{%\n"
      "\\begin{tabular}{ll" +
      std::string(table.optimizers.size(), 'l') + "}\n\\toprule\n & ";
  for (const auto& optimizer : table.optimizers) out += " & " + latex_text(optimizer);
  out += " \\\\\n\\midrule\n";
  std::string problem;
  for (const auto& row : table.rows) {
    if (!problem.empty() && row.problem != problem) out += "\\midrule\n";
    out += (row.problem == problem ? "" : latex_text(row.problem)) + " & " + std::string(name_of(row.quantity));
    problem = row.problem;
    const auto scores = row.scores();
    for (std::size_t i = 0; i < row.cells.size(); ++i) out += " & " + cell_latex(row.cells[i], scores[i]);
    out += " \\\\\n";
  }
  return out + "\\bottomrule\n\\end{tabular}\n}\n";
}

}  // namespace deepobs
