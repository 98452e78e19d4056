#include "runner/training/run_config.h"

#include <cmath>

#include "engine/base/check.h"
#include "problems/data/dataset_info.h"
#include "runner/results/python_text.h"
#include "runner/training/offered_optimizers.h"

namespace deepobs {
namespace {

/// The lists of a result, which a run that diverges fills up to the end, still have room in memory.
constexpr std::int64_t most_epochs = 1'000'000;

std::int64_t positive(const char* name, std::int64_t value) {
  require(value > 0, Fault::usage, name, " must be at least 1, not ", value);
  return value;
}

void check_rate(double rate, const Optimizer& optimizer) {
  require(std::isfinite(rate) && rate >= 0, Fault::usage, "learning_rate must be a finite number of at least 0, not ",
          rate, " (usual for ", optimizer.name, ": ", optimizer.usual_learning_rate, ")");
}

/// The L2 factor in force, and what to tell the user about it.
double effective_weight_decay(const RunConfig& config, const Problem& problem, const Optimizer& optimizer,
                              std::vector<std::string>& warnings) {
  const auto given = config.weight_decay;
  if (given)
    require(std::isfinite(*given) && *given >= 0, Fault::usage,
            "weight_decay must be a finite number of at least 0, not ", *given);
  if (given && (optimizer.name == "AdamW" || optimizer.name == "Lion"))
    warnings.push_back("hint: --weight_decay is the L2 factor of the problem's loss; " + optimizer.name +
                       "'s own decoupled decay is --optimizer_weight_decay");
  if (given && *given != 0 && !problem.weight_decay)
    warnings.push_back("WARNING: Weight decay is non-zero but no weight decay is used for this problem (" +
                       problem.name + " has no regulariser)");
  return problem.weight_decay ? given.value_or(*problem.weight_decay) : 0;
}

/// What sets a run apart from DeepOBS's own, sorted by name as 1.2 sorts its training parameters.
std::vector<std::pair<std::string, std::string>> deviations(const Run& run) {
  const RunConfig& config = run.config;
  std::vector<std::pair<std::string, std::string>> out;
  if (config.data_order == DataOrder::sequential) out.emplace_back("data_order", "sequential");
  if (config.eval_batches) out.emplace_back("eval_batches", std::to_string(*config.eval_batches));
  // The name says to people where a run began, the checksum keeps apart files of one name.
  if (!config.init_from.empty())
    out.emplace_back("init_from", encode_name(config.init_from.stem().string()) + "-" + run.init_from_crc);
  if (config.max_steps_per_epoch) out.emplace_back("max_steps_per_epoch", std::to_string(*config.max_steps_per_epoch));
  if (!run.optimizer.version.empty()) out.emplace_back("optimizer_version", encode_name(run.optimizer.version));
  if (config.precision != "fp32") out.emplace_back("precision", config.precision);
  if (run.test_examples) out.emplace_back("test_examples", std::to_string(*run.test_examples));
  if (run.train_examples) out.emplace_back("train_examples", std::to_string(*run.train_examples));
  // 1.2 always holds out a validation set and does not name it; the others never do.
  if (config.validation != (config.layout == Layout::v1_2))
    out.emplace_back("validation", python_text(config.validation));
  return out;
}

}  // namespace

Run resolve(const RunConfig& config, const Optimizer& optimizer) {
  FileSums sums;
  return resolve(config, optimizer, sums);
}

Run resolve(const RunConfig& config, const Optimizer& optimizer, FileSums& sums) {
  check_usable(optimizer);
  Run run{.config = config, .optimizer = optimizer};
  require(config.optimizer.empty() || config.optimizer == optimizer.name, Fault::usage, "the configuration is one for ",
          config.optimizer, ", and this is ", optimizer.name);
  run.config.optimizer = optimizer.name;
  run.problem = &find_problem(config.testproblem);
  const Problem& problem = *run.problem;

  const auto batch = config.batch_size ? config.batch_size : problem.batch_size;
  const auto epochs = config.num_epochs ? config.num_epochs : problem.num_epochs;
  require(batch && epochs, Fault::usage, problem.name,
          " has no default batch size and number of epochs in DeepOBS: give --batch_size and --num_epochs, for example "
          "--batch_size 128 --num_epochs 50");
  run.batch_size = positive("batch_size", *batch);
  run.num_epochs = *epochs;
  require(run.num_epochs >= 0 && run.num_epochs <= most_epochs, Fault::usage, "num_epochs must be 0 to ", most_epochs,
          ", not ", run.num_epochs);

  require(config.learning_rate.has_value(), Fault::usage, "a learning rate is needed: --learning_rate (usual for ",
          optimizer.name, ": ", optimizer.usual_learning_rate, ")");
  run.learning_rate = *config.learning_rate;
  check_rate(run.learning_rate, optimizer);
  run.schedule = Schedule(run.learning_rate, config.lr_sched_epochs, config.lr_sched_factors);
  if (config.lr_sched_epochs) run.warnings = schedule_warnings(*config.lr_sched_epochs, run.num_epochs);

  run.weight_decay = effective_weight_decay(config, problem, optimizer, run.warnings);
  run.hyperparameters = resolve(optimizer, config.hyperparameters);

  require(config.random_seed >= 0 && config.random_seed < (std::int64_t{1} << 32), Fault::usage,
          "random_seed must be 0 to 4294967295, not ", config.random_seed);
  positive("train_log_interval", config.train_log_interval);
  if (config.max_steps_per_epoch) positive("max_steps_per_epoch", *config.max_steps_per_epoch);
  if (config.eval_batches) positive("eval_batches", *config.eval_batches);
  require(config.checkpoint_seconds >= 0 && std::isfinite(config.checkpoint_seconds), Fault::usage,
          "checkpoint_seconds must be a finite number of at least 0, not ", config.checkpoint_seconds);
  require(config.checkpoint_dir.empty() || config.resume, Fault::usage,
          "checkpoint_dir says where checkpoints are kept, and only --resume keeps some: give both");
  std::string said;
  run.config.device = resolved_device(run.device(), said).kind;
  if (!said.empty()) run.warnings.push_back(said);
  require(config.threads >= 0 && config.threads <= 1024, Fault::usage, "threads must be 0 (every core) to 1024, not ",
          config.threads);
  require(config.no_logs || !config.output_dir.empty(), Fault::usage,
          "output_dir must not be empty; \".\" is the current folder");
  if (config.layout == Layout::v1_2 && !config.validation && !config.no_logs)
    run.warnings.push_back(
        "WARNING: without validation a result of layout 1.2 lacks valid_losses and valid_accuracies, which DeepOBS "
        "1.2's "
        "check_output asks for; --validation gives them");
  if (!config.init_from.empty()) run.init_from_crc = sums.of(config.init_from);
  if (!config.no_logs) setting_folder(run.name("2000-01-01-00-00-00"), config.layout);  // refuse a bad name now
  return run;
}

void refuse_stopped(const RunConfig& config) {
  require(!config.stop.stop_requested(), config.resume ? Fault::resumable : Fault::interrupted,
          "stopped before the training began; nothing was written");
}

void Run::note_data(std::int64_t train, std::int64_t test) {
  const DatasetInfo& info = find_data_set(problem->dataset);
  train_examples = train < info.train ? std::optional(train) : std::nullopt;
  test_examples = test < info.test ? std::optional(test) : std::nullopt;
}

RunName Run::name(const std::string& time_stamp) const {
  return {.problem = problem->name,
          .optimizer = optimizer.name,
          .epochs = num_epochs,
          .batch = batch_size,
          .weight_decay = config.weight_decay,
          .hyperparameters = config.hyperparameters,
          .learning_rate = learning_rate,
          .schedule_epochs = config.lr_sched_epochs,
          .schedule_factors = config.lr_sched_factors,
          .deviations = deviations(*this),
          .seed = config.random_seed,
          .time_stamp = time_stamp,
          .suffix = {}};
}

}  // namespace deepobs
