#include "runner/training/config/run_config.h"

#include "engine/base/check.h"
#include "kernels/optim/decay.h"
#include "runner/training/config/run_identity.h"
#include "runner/training/config/settings.h"

namespace deepobs {
namespace {

/// The L2 factor in force, and what to tell the user about it.
double effective_weight_decay(const RunConfig& config, const Problem& problem, const Optimizer& optimizer,
                              std::vector<std::string>& warnings) {
  const auto given = config.weight_decay;
  if (given && has_decoupled_decay(optimizer))
    warnings.push_back("hint: --weight_decay is the L2 factor of the problem's loss; " + optimizer.name +
                       "'s own decoupled decay is --optimizer_weight_decay");
  if (given && *given != 0 && !problem.weight_decay)
    warnings.push_back("WARNING: Weight decay is non-zero but no weight decay is used for this problem (" +
                       problem.name + " has no regulariser)");
  return problem.weight_decay ? given.value_or(*problem.weight_decay) : 0;
}

}  // namespace

void name_optimizer(RunConfig& config, const std::string& name) {
  require(config.optimizer.empty() || config.optimizer == name, Fault::usage, "the configuration is one for ",
          config.optimizer, ", and this is ", name);
  config.optimizer = name;
}

Run resolve(const RunConfig& config, const Optimizer& optimizer) {
  RunConfig named = config;
  name_optimizer(named, optimizer.name);
  FileSums sums;
  return resolve(named, std::make_shared<const Catalogue>(Own{.optimizers = {optimizer}}), sums);
}

Run resolve(const RunConfig& config, std::shared_ptr<const Catalogue> catalogue, FileSums& sums) {
  require(!config.optimizer.empty(), Fault::usage, "an optimizer is needed: --optimizer NAME; deepobs list optimizers");
  const Optimizer& optimizer = catalogue->optimizer(config.optimizer);
  Run run{.config = config, .problem = &catalogue->problem(config.testproblem), .optimizer = &optimizer};
  run.data_set = &catalogue->data_set(run.problem->dataset);
  run.catalogue = std::move(catalogue);
  const Problem& problem = *run.problem;

  const auto batch = config.batch_size ? config.batch_size : problem.batch_size;
  const auto epochs = config.num_epochs ? config.num_epochs : problem.num_epochs;
  require(batch && epochs, Fault::usage, problem.name,
          " has no default batch size and number of epochs in DeepOBS: give --batch_size and --num_epochs, for example "
          "--batch_size 128 --num_epochs 50");
  run.batch_size = *batch;
  run.num_epochs = *epochs;

  const std::string usual = text(" (usual for ", optimizer.name, ": ", optimizer.usual_learning_rate, ")");
  require(config.learning_rate.has_value(), Fault::usage, "a learning rate is needed: --learning_rate", usual);
  run.learning_rate = *config.learning_rate;
  RunConfig used = config;
  used.batch_size = batch;
  used.num_epochs = epochs;
  for (const Setting& setting : settings())
    check_range(setting, setting.get(used), setting.name == "learning_rate" ? usual : "");
  run.schedule = Schedule(run.learning_rate, config.lr_sched_epochs, config.lr_sched_factors);
  if (config.lr_sched_epochs) run.warnings = schedule_warnings(*config.lr_sched_epochs, run.num_epochs);

  run.weight_decay = effective_weight_decay(config, problem, optimizer, run.warnings);
  run.hyperparameters = resolve(optimizer, config.hyperparameters);
  for (auto& given : run.config.hyperparameters) given = checked_hyperparameter(optimizer, given);  // 1 is 1.0

  require(config.checkpoint_dir.empty() || config.resume, Fault::usage,
          "checkpoint_dir says where checkpoints are kept, and only --resume keeps some: give both");
  std::string said;
  run.config.device = resolved_device(run.device(), said).kind;
  if (!said.empty()) run.warnings.push_back(said);
  require(config.no_logs || !config.output_dir.empty(), Fault::usage,
          "output_dir must not be empty; \".\" is the current folder");
  if (config.layout == Layout::v1_2 && !config.validation && !config.no_logs)
    run.warnings.push_back(
        "WARNING: without validation a result of layout 1.2 lacks valid_losses and valid_accuracies, which DeepOBS "
        "1.2's check_output asks for; --validation gives them");
  if (!config.init_from.empty()) run.init_from_crc = sums.of(config.init_from);
  if (!config.no_logs) setting_folder(run.name("2000-01-01-00-00-00"), config.layout);  // refuse a bad name now
  return run;
}

void refuse_stopped(const RunConfig& config) {
  require(!config.stop.stop_requested(), config.resume ? Fault::resumable : Fault::interrupted,
          "stopped before the training began; nothing was written");
}

void Run::note_data(std::int64_t train, std::int64_t test) {
  train_examples = train < data_set->train ? std::optional(train) : std::nullopt;
  test_examples = test < data_set->test ? std::optional(test) : std::nullopt;
}

RunName Run::name(const std::string& time_stamp) const {
  return {.problem = problem->name,
          .optimizer = optimizer->name,
          .epochs = num_epochs,
          .batch = batch_size,
          .weight_decay = config.weight_decay,
          .hyperparameters = config.hyperparameters,
          .learning_rate = learning_rate,
          .schedule_epochs = config.lr_sched_epochs,
          .schedule_factors = config.lr_sched_factors,
          .deviations = folder_marks(*this),
          .seed = config.random_seed,
          .time_stamp = time_stamp,
          .suffix = {}};
}

}  // namespace deepobs
