#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace deepobs::test {

/// A run whose file a test writes.
struct RunFile {
  std::string problem = "mnist_mlp", optimizer = "SGD";
  std::string setting = "num_epochs__2__batch_size__128__momentum__9.e-01__lr__1.e-01";
  std::int64_t seed = 42;
  double rate = 0.1;
  std::vector<double> test_losses{2, 1, 0.5};
  std::optional<std::vector<double>> test_accuracies = std::vector<double>{0.1, 0.8, 0.9};
  std::optional<std::vector<double>> valid_accuracies = {};
  std::int64_t epochs = 2, batch = 128;
  std::string hyperparameters = R"({"momentum": 0.9})";
  std::string more = {};  ///< members at the end, each behind a comma: R"(, "device": "cpu")"
};

/// The file's content, in the flat keys.
std::string json_of(const RunFile& run);

/// Writes it below `results`, where DeepOBS has it, and returns its path.
std::filesystem::path write_run(const std::filesystem::path& results, const RunFile& run,
                                const std::string& stamp = "2026-11-26-10-00-00");

void write_file(const std::filesystem::path& path, const std::string& content);

}  // namespace deepobs::test
