#include "runner/training/records/finished_result.h"

#include "runner/results/json/json_reader.h"

namespace deepobs {

std::optional<RunResult> finished_result(const Run& run, const RunName& name) {
  namespace fs = std::filesystem;
  const fs::path folder = run.config.output_dir / run_folder(name, run.config.layout);
  const std::string begin = seed_name(name.seed) + "__";
  std::error_code none;
  std::optional<fs::path> found;  // of several the first by name
  for (fs::directory_iterator each(folder, none), end; !none && each != end; each.increment(none)) {
    const std::string file = each->path().filename().string();
    if (file.starts_with(begin) && file.ends_with(".json") && (!found || each->path() < *found)) found = each->path();
  }
  if (!found) return std::nullopt;

  ReadResult read = read_result(*found);
  require_full_lists(read, found->string());
  RunResult result;
  const auto curve = [](std::vector<double>& losses, std::optional<std::vector<double>>& accuracies,
                        ReadFurther& further) -> Curve {
    return {std::move(losses), std::move(accuracies).value_or(std::vector<double>()), std::move(further.plain_losses),
            std::move(further.metrics)};
  };
  std::vector<double> valid_losses = std::move(read.valid_losses).value_or(std::vector<double>());
  result.train = curve(read.train_losses, read.train_accuracies, read.further_train);
  result.test = curve(read.test_losses, read.test_accuracies, read.further_test);
  result.valid = curve(valid_losses, read.valid_accuracies, read.further_valid);
  result.minibatch_train_losses = std::move(read.minibatch_train_losses);
  result.divergence = read.divergence;
  result.gradient_evaluations = read.gradient_evaluations;
  result.hyperparameters.assign(run.hyperparameters.values().begin(), run.hyperparameters.values().end());
  result.json = fs::absolute(*found);
  result.was_there = true;
  return result;
}

}  // namespace deepobs
