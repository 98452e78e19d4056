#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "runner/results/result.h"

namespace deepobs {

/// A hyperparameter or training parameter as a result file holds it; std::monostate is null.
struct ReadParameter {
  std::string name;
  std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<double>> value;
};

/// One part of the data as deepobs' own files have it beyond DeepOBS's lists; empty in a file of DeepOBS's.
struct ReadFurther {
  std::vector<double> plain_losses;                                  ///< without regulariser
  std::vector<std::pair<std::string, std::vector<double>>> metrics;  ///< of the problem, by name
};

/// Under what a run was made and how long it took, as deepobs' own files have it; empty in a file of DeepOBS's.
struct ReadConditions {
  std::string device, device_name, precision, simd;
  std::string version;                           ///< of deepobs
  std::optional<std::int64_t> threads;           ///< of a CPU
  std::optional<double> effective_weight_decay;  ///< the problem's L2 factor in force
  std::optional<double> total_seconds;
  std::vector<double> train_seconds;  ///< per epoch trained
};

/// What a DeepOBS result file says, whichever version wrote it. Keys beyond these are passed over.
struct ReadResult {
  bool is_v1_2 = false;  ///< the keys of DeepOBS 1.2; otherwise those of 1.1 and the PyTorch port
  std::string problem;
  std::string optimizer;
  std::int64_t batch = 0;
  std::int64_t epochs = 0;
  std::int64_t seed = 0;
  std::optional<double> weight_decay;
  std::vector<ReadParameter>
      hyperparameters;  ///< in the file's order; the learning rate of a 1.1 file comes last, as lr
  std::vector<ReadParameter> training_parameters;  ///< the learning-rate schedule
  std::vector<double> train_losses;                ///< one per epoch from 0 to `epochs`; NaN and infinities are values
  std::vector<double> test_losses;
  std::optional<std::vector<double>> valid_losses;  ///< 1.2
  std::vector<double> minibatch_train_losses;       ///< may be absent and is empty then
  std::optional<std::vector<double>> train_accuracies, valid_accuracies, test_accuracies;
  ReadFurther further_train, further_valid, further_test;
  std::optional<Divergence> divergence;              ///< of a file of deepobs' own
  std::optional<std::int64_t> gradient_evaluations;  ///< likewise, of an optimizer with more than one a step
  ReadConditions conditions;
};

/// No result is larger. One of a million mini-batch losses has twenty megabytes.
inline constexpr std::uint64_t most_result_bytes = std::uint64_t{1} << 28;

/// Reads a result, of either schema, with the bare tokens NaN, Infinity and -Infinity that Python writes into JSON.
/// Errors: missing, io; data with file and key for a text that is not JSON, a key that is absent, of another type, or
/// there twice (in the result or in an object of it), a whole number beyond 64 bits; data for a file of more than
/// `most_result_bytes`.
ReadResult read_result(const std::filesystem::path& path);

/// The same from memory; `source` starts the messages.
ReadResult parse_result(std::string_view json, std::string_view source);

/// Errors: data, unless each list over the epochs has epochs + 1 values, as DeepOBS's analyzers need it.
void require_full_lists(const ReadResult& result, std::string_view source);

}  // namespace deepobs
