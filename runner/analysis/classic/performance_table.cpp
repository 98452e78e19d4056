#include "runner/analysis/classic/performance_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "runner/results/text/parameter_text.h"
#include "runner/results/text/python_text.h"

namespace deepobs {
namespace {

/// "%.2e", whatever locale the host program has set.
std::string scientific(double value) {
  if (!std::isfinite(value)) return python_repr(value);
  std::array<char, 32> buffer;
  const auto done =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific, 2);
  return {buffer.data(), done.ptr};
}

std::vector<std::string> columns_of(const std::vector<const ProblemAnalysis*>& problems) {
  std::vector<std::string> out{"GradientDescentOptimizer", "MomentumOptimizer", "AdamOptimizer"};
  std::set<std::string> names;
  for (const auto* problem : problems)
    for (const auto& optimizer : problem->optimizers) names.insert(optimizer.name);
  std::erase_if(out, [&](const auto& name) { return names.erase(name) == 0; });
  out.insert(out.end(), names.begin(), names.end());
  return out;
}

}  // namespace

std::string_view name_of(Quantity quantity) {
  static constexpr std::array<std::string_view, 3> names{"Performance", "Speed", "Tuneability"};
  return names[static_cast<std::size_t>(quantity)];
}

std::span<const std::string> small_set() {
  static const std::array<std::string, 4> names{"quadratic_deep", "mnist_vae", "fmnist_2c2d", "cifar10_3c3d"};
  return names;
}

std::span<const std::string> large_set() {
  static const std::array<std::string, 4> names{"fmnist_vae", "cifar100_allcnnc", "svhn_wrn164", "tolstoi_char_rnn"};
  return names;
}

std::string tuneability(const SettingSummary& setting) {
  std::string out = setting.learning_rate ? "lr: " + scientific(*setting.learning_rate) : "";
  for (const auto* parameters : {&setting.hyperparameters, &setting.training_parameters})
    for (const auto& each : *parameters) out += (out.empty() ? "" : ", ") + each.name + ": " + parameter_text(each);
  return out;
}

std::vector<std::optional<double>> TableRow::scores() const {
  std::vector<std::optional<double>> out(cells.size());
  double low = 0, high = 0;
  bool any = false;
  for (const auto& cell : cells)
    if (const auto* number = std::get_if<double>(&cell); number != nullptr && std::isfinite(*number)) {
      low = any ? std::min(low, *number) : *number;
      high = any ? std::max(high, *number) : *number;
      any = true;
    }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto* number = std::get_if<double>(&cells[i]);
    if (number == nullptr || !std::isfinite(*number)) continue;
    // DeepOBS's own expressions, whose rounding decides which whole number comes out.
    out[i] = low == high        ? 50.0
             : larger_is_better ? std::abs((*number - low) / (high - low) * 100)
                                : std::abs((*number - high) / (low - high) * 100);
  }
  return out;
}

PerformanceTable performance_table(const Analysis& analysis, ChoiceMode mode, std::span<const std::string> problems) {
  std::vector<const ProblemAnalysis*> shown;
  if (problems.empty())
    for (const auto& problem : analysis.problems) shown.push_back(&problem);
  for (const auto& name : problems)
    for (const auto& problem : analysis.problems)
      if (problem.name == name) shown.push_back(&problem);
  PerformanceTable table{columns_of(shown), {}};
  for (const auto* problem : shown) {
    TableRow performance{problem->name, Quantity::performance, is_accuracy(problem->metric), {}};
    TableRow speed{problem->name, Quantity::speed, false, {}}, tuned{problem->name, Quantity::tuneability, false, {}};
    for (const auto& name : table.optimizers) {
      const auto optimizer = std::ranges::find(problem->optimizers, name, &OptimizerAnalysis::name);
      const SettingSummary* setting = optimizer == problem->optimizers.end() ? nullptr : optimizer->setting(mode);
      const auto cell = [](const std::optional<double>& number) {
        return number ? TableCell(*number) : TableCell(std::monostate());
      };
      std::optional<double> value;
      if (setting != nullptr && setting->metrics[problem->metric]) value = setting->value(mode, problem->metric);
      performance.cells.push_back(cell(value));
      speed.cells.push_back(cell(setting != nullptr ? setting->speed(problem->metric) : std::nullopt));
      tuned.cells.push_back(setting != nullptr ? TableCell(tuneability(*setting)) : TableCell(std::monostate()));
    }
    for (auto* row : {&performance, &speed, &tuned}) table.rows.push_back(std::move(*row));
  }
  return table;
}

}  // namespace deepobs
