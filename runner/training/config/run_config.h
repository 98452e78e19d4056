#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "kernels/convolution/conv_algorithm.h"
#include "kernels/update/optimizer.h"
#include "problems/problem.h"
#include "runner/results/files/file_sums.h"
#include "runner/results/run_path.h"
#include "runner/training/config/catalogue.h"
#include "runner/training/config/run_device.h"
#include "runner/training/config/schedule.h"

namespace deepobs {

enum class DataOrder {
  shuffled,    ///< a new permutation of the training set each epoch
  sequential,  ///< batch k of every epoch is rows k*B ... k*B+B-1, without augmentation
};

/// A caller's description of a run, by DeepOBS's names. A member that is left out takes DeepOBS's default. It is
/// complete: with a catalogue it says everything about the run, and write_config() of
/// runner/training/config/config_file.h keeps it in a file.
struct RunConfig {
  std::string testproblem = {};
  std::string optimizer = {};                    ///< its name; a StandardRunner of one optimizer fills it in
  std::optional<std::int64_t> batch_size = {};   ///< default: the problem's, where it has one
  std::optional<std::int64_t> num_epochs = {};   ///< default: the problem's, where it has one
  std::optional<double> learning_rate = {};      ///< always needed
  std::optional<double> weight_decay = {};       ///< factor of the problem's L2 regulariser; default: the problem's
  std::vector<NamedValue> hyperparameters = {};  ///< the optimizer's, the learning rate apart
  std::optional<std::vector<double>> lr_sched_epochs = {}, lr_sched_factors = {};
  std::int64_t random_seed = 42;

  std::filesystem::path data_dir = {};  ///< looked at before the default places; empty: only those
  std::filesystem::path home = {};      ///< the user's: data may lie in its .local/share/deepobs; empty: not looked at
  std::filesystem::path output_dir = "results";
  Layout layout = Layout::flat;
  bool no_logs = false;  ///< write nothing
  std::int64_t train_log_interval = 10;
  bool print_train_iter = false;

  std::string device = "cpu";               ///< "cpu", "cuda", or "auto": a GPU where one can be used
  std::string precision = "fp32";           ///< of a GPU also "tf32" or "bf16"
  std::filesystem::path cuda_library = {};  ///< the part for GPUs; empty: where it belongs
  bool cuda_overlap = true;                 ///< parts of a step may run at the same time; it changes no result
  int threads = 0;                          ///< of a CPU, and as many read a streamed data set; 0: every core
  ConvAlgorithm conv_algorithm = ConvAlgorithm::automatic;

  std::filesystem::path init_from = {};    ///< initial parameters, a safetensors file; empty: drawn from the seed
  std::filesystem::path save_params = {};  ///< where to write the final ones; empty: nowhere
  DataOrder data_order = DataOrder::shuffled;
  std::optional<std::int64_t> max_steps_per_epoch = {};  ///< for short trials
  std::optional<std::int64_t> eval_batches = {};         ///< for short trials

  /// Evaluate a validation set beside the test set, as DeepOBS 1.2 does: the data set's own or, where it has none, the
  /// problem's number of training examples (Problem::held_out), which are then never trained on.
  bool validation = false;

  /// Begin where an earlier process left this run, if it left a checkpoint, and keep one: every checkpoint_seconds, and
  /// when the run is stopped. A run whose result exists is not run again.
  bool resume = false;
  std::filesystem::path checkpoint_dir = {};  ///< empty: beside output_dir, in <output_dir>.work/checkpoints
  double checkpoint_seconds = 300;

  std::stop_token stop = {};  ///< asked at every step: a run that is stopped writes no result and throws

  bool operator==(const RunConfig&) const = default;
};

/// A checked configuration: every number that the run depends on, nothing left to a default, its device decided.
struct Run {
  RunConfig config;
  const Problem* problem = nullptr;      ///< of the catalogue
  const Optimizer* optimizer = nullptr;  ///< of the catalogue
  Hyperparameters hyperparameters = {};
  std::int64_t batch_size = 0, num_epochs = 0;
  double learning_rate = 0;
  Schedule schedule{0};
  double weight_decay = 0;                 ///< the effective L2 factor; 0 also where the problem has no regulariser
  std::string init_from_crc = {};          ///< FileSums of the file of initial parameters; empty without one
  std::vector<std::string> warnings = {};  ///< what a user should know before it starts

  std::shared_ptr<const Catalogue> catalogue = {};
  const DatasetInfo* data_set = nullptr;  ///< the problem's, of the catalogue

  /// How many examples a part of the data set has, where that is fewer than officially.
  std::optional<std::int64_t> train_examples = {}, test_examples = {};

  /// Notes how many examples the data set has here. Without it the run is taken to be one on the official set.
  void note_data(std::int64_t train, std::int64_t test);

  DeviceRequest device() const {
    return {.kind = config.device,
            .precision = config.precision,
            .cuda_library = config.cuda_library,
            .cuda_overlap = config.cuda_overlap};
  }

  /// The name of its result, for a start at the given local time ("2025-12-13-16-00-00"). Results whose names have one
  /// folder are peers, which analyzers average. Every setting that changes what is computed is in it, and so is a part
  /// of a data set (by its size) and the version of an optimizer, problem or data set that is none of deepobs'. Peers
  /// by design are results that differ
  ///   in their seed, which is what the mean is over
  ///   not at all: number of threads and of runs at once, overlap on a GPU, train_log_interval (but for the number of
  ///   minibatch losses that are kept, as in DeepOBS), whether parameters are saved
  ///   in rounding alone: instruction set, CPU or GPU at one precision, conv_algorithm, algorithms that a GPU chose
  ///   in the 11th digit of a number, as in DeepOBS
  ///   in deepobs' own revision, which the JSON tells
  RunName name(const std::string& time_stamp) const;
};

/// Checks a configuration and fills in the defaults. `sums` remembers the files that it has read, for many runs.
///   errors  usage, with what to do: an unknown problem or optimizer, a missing learning rate, batch size or number of
///           epochs, a number out of range or not finite, hyperparameters that the optimizer does not have, a wrong
///           schedule;
///           missing, io, data: a file of initial parameters that is not there, cannot be read, or is far too large
Run resolve(const RunConfig& config, std::shared_ptr<const Catalogue> catalogue, FileSums& sums);

/// The same of one of deepobs' problems with this optimizer, which the configuration need not name. Errors: usage, also
/// for an optimizer that check_usable() of runner/training/config/offered_optimizers.h refuses.
Run resolve(const RunConfig& config, const Optimizer& optimizer);

/// Lets a configuration that names no optimizer name this one. Errors: usage, for one that names another.
void name_optimizer(RunConfig& config, const std::string& name);

/// For callers with long work to do before the training begins. Errors: interrupted, or resumable where the run is to
/// be resumed, when a stop was requested.
void refuse_stopped(const RunConfig& config);

}  // namespace deepobs
