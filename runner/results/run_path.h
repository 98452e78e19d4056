#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/named_value.h"

namespace deepobs {

/// The version of DeepOBS whose folder names are written.
enum class Layout {
  flat,  ///< the PyTorch port: lr last, 1e-02
  tf,    ///< 1.1, on TensorFlow: lr last, 1.e-02
  v1_2,  ///< 1.2: lr among the hyperparameters, 1.e-02, the schedule as two lists
};

/// What the name of a run's file is made of.
struct RunName {
  std::string problem;
  std::string optimizer;  ///< its class name: SGD, Adam, MomentumOptimizer
  std::int64_t epochs = 0;
  std::int64_t batch = 0;
  std::optional<double> weight_decay;       ///< the argument; absent when the problem's own value is used
  std::vector<NamedValue> hyperparameters;  ///< without the learning rate, in any order
  double learning_rate = 0;                 ///< the base rate
  std::optional<std::vector<double>> schedule_epochs;
  std::optional<std::vector<double>> schedule_factors;
  std::vector<std::pair<std::string, std::string>> deviations;  ///< {"max_steps_per_epoch", "20"}: no run of DeepOBS's
  std::int64_t seed = 42;
  std::string time_stamp;  ///< local time of the start as time_stamp() prints it
  std::string suffix;      ///< tells apart what all the rest does not; usually empty
};

/// "num_epochs__10__batch_size__128__momentum__9e-01__lr__1e-02": the folder that all seeds of one setting share.
/// Deviations follow, in the order given: "...__lr__1e-02__max_steps_per_epoch__20". Analyzers average what lies in one
/// folder, and a short trial is not to be averaged with full runs.
///
/// File systems allow 255 bytes. In a name that would be longer, the longest values are cut and end in "%-" and 16 hex
/// digits of a hash of the whole value: "...__lr_schedule__0_1e-01_1_9.9e-02_2_9.8e-02%-0123456789ABCDEF". The result's
/// JSON has them whole. Different settings stay different, but for equal 64-bit hashes.
///   errors  usage: a number that is not finite, a hyperparameter twice or (v1_2) called lr, a hyperparameter's name
///           that is not made of letters, digits and "_", schedule lists that do not pair up
std::string setting_folder(const RunName& run, Layout layout);

/// problem/optimizer/setting, relative to the results folder.
std::filesystem::path run_folder(const RunName& run, Layout layout);

/// "random_seed__42": what the names of all results of one seed begin with.
std::string seed_name(std::int64_t seed);

/// "random_seed__42__2025-12-13-16-00-00.json". Runs that would get one name (same setting, seed and second) get a
/// number behind the seed from the second attempt (attempt 1) on, after the suffix if there is one:
///   random_seed__42__2__2025-12-13-16-00-00.json, random_seed__42__gpu__2__2025-12-13-16-00-00.json.
/// So the seed stays the second part between "__", "random_seed__42__*.json" (what DeepOBS 1.2 looks for to skip runs
/// that exist) finds them all, and the time stamp stays at the end, where the port's analyzer reads it.
///   errors  usage: a time stamp of another form
std::string run_file(const RunName& run, int attempt = 0);

/// A problem's or optimizer's name as a folder name. Letters, digits and . _ + - stay; every other byte, and a point at
/// the front, becomes %XX; no name becomes "%". So no name leaves its folder, hides, or means something to a shell.
/// Results longer than 200 bytes are cut and end in "%-" and 16 hex digits of a hash. Different names stay different,
/// those beyond 200 bytes but for equal 64-bit hashes.
std::string encode_name(std::string_view name);

/// "2025-12-13-16-00-00".
std::string time_stamp(const std::tm& local_time);

}  // namespace deepobs
