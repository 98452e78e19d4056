#include "tests/runner/analysis/result_tree.h"

#include <fstream>

#include "engine/base/check.h"
#include "runner/results/json/json_writer.h"

namespace deepobs::test {
namespace {

std::string list(const std::vector<double>& values) { return JsonWriter().value(values).finish(); }

}  // namespace

std::string json_of(const RunFile& run) {
  std::string out = text(R"({"train_losses": )", list(run.test_losses), R"(, "test_losses": )", list(run.test_losses),
                         R"(, "minibatch_train_losses": [2.5, 1.5])");
  if (run.test_accuracies)
    out += text(R"(, "train_accuracies": )", list(*run.test_accuracies), R"(, "test_accuracies": )",
                list(*run.test_accuracies));
  if (run.valid_accuracies)
    out +=
        text(R"(, "valid_losses": )", list(run.test_losses), R"(, "valid_accuracies": )", list(*run.valid_accuracies));
  return out + text(R"(, "optimizer": )", json_string(run.optimizer), R"(, "testproblem": )", json_string(run.problem),
                    R"(, "weight_decay": null, "batch_size": )", run.batch, R"(, "num_epochs": )", run.epochs,
                    R"(, "learning_rate": )", run.rate,
                    R"(, "lr_sched_epochs": null, "lr_sched_factors": null, "random_seed": )", run.seed,
                    R"(, "train_log_interval": 1, "hyperparams": )", run.hyperparameters, run.more, "}\n");
}

void write_file(const std::filesystem::path& path, const std::string& content) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

std::filesystem::path write_run(const std::filesystem::path& results, const RunFile& run, const std::string& stamp) {
  const auto path =
      results / run.problem / run.optimizer / run.setting / text("random_seed__", run.seed, "__", stamp, ".json");
  write_file(path, json_of(run));
  return path;
}

}  // namespace deepobs::test
