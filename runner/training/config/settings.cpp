#include "runner/training/config/settings.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/base/check.h"
#include "engine/base/read_number.h"
#include "engine/memory/worker_scratch.h"
#include "runner/results/json/json_writer.h"
#include "runner/results/text/counted.h"
#include "runner/results/text/python_text.h"
#include "runner/training/config/setting_members.h"

namespace deepobs {
namespace {

/// The lists of a result, which a run that diverges fills up to the end, still have room in memory.
constexpr std::int64_t most_epochs = 1'000'000;

constexpr SettingRange positive{.least = 1};

constexpr SettingOption environment{};

// In the order of the help. The JSON of a result has settings of ours in this order, too.
const std::vector<Setting> all{
    entry(&RunConfig::testproblem, {.name = "testproblem",
                                    .reach = Reach::computation,
                                    .in_result = InResult::by_deepobs,
                                    .option = {.spellings = "problem",
                                               .help = "test problem; deepobs list problems",
                                               .group = OptionGroup::needed}}),
    entry(&RunConfig::optimizer,
          {.name = "optimizer",
           .reach = Reach::computation,
           .in_result = InResult::by_deepobs,
           .option = {.spellings = "-o,--optimizer",
                      .help = "optimizer; deepobs list optimizers",
                      .group = OptionGroup::needed,
                      .bench_help = "optimizers (SGD; with --ops all); Momentum is SGD with momentum 0.9"}}),
    entry(&RunConfig::learning_rate,
          {.name = "learning_rate",
           .reach = Reach::result,
           .in_result = InResult::by_deepobs,
           .range = SettingRange{},
           .option = {.spellings = "--lr,--learning_rate", .help = "learning rate (needed)", .sweeps = true}}),
    entry(&RunConfig::batch_size, {.name = "batch_size",
                                   .reach = Reach::computation,
                                   .in_result = InResult::by_deepobs,
                                   .range = positive,
                                   .option = {.spellings = "--bs,--batch_size",
                                              .help = "examples per step (default: the problem's)",
                                              .sweeps = true,
                                              .bench_help = "examples per step (the problem's, or 128)"},
                                   .resolved = [](const Run& run) { return run.batch_size; }}),
    entry(&RunConfig::num_epochs,
          {.name = "num_epochs",
           .reach = Reach::result,
           .in_result = InResult::by_deepobs,
           .range = SettingRange{.most = most_epochs},
           .option = {.spellings = "-N,--num_epochs", .help = "epochs (default: the problem's)", .sweeps = true},
           .resolved = [](const Run& run) { return run.num_epochs; }}),
    entry(&RunConfig::weight_decay,
          {.name = "weight_decay",
           .reach = Reach::computation,
           .in_result = InResult::by_deepobs,
           .range = SettingRange{},
           .option = {.spellings = "--wd,--weight_decay",
                      .help = "factor of the problem's L2 regulariser (default: the problem's)",
                      .sweeps = true},
           .resolved = [](const Run& run) { return run.weight_decay; },
           .note = [](const Run& run) { return run.problem->weight_decay ? "" : "no regulariser"; }}),
    entry(&RunConfig::lr_sched_epochs,
          {.name = "lr_sched_epochs",
           .reach = Reach::result,
           .in_result = InResult::by_deepobs,
           .list = ListNumbers::counts,
           .option = {.spellings = "--lr_sched_epochs", .help = "epochs after which the rate changes, e.g. 50 100"}}),
    entry(&RunConfig::lr_sched_factors, {.name = "lr_sched_factors",
                                         .reach = Reach::result,
                                         .in_result = InResult::by_deepobs,
                                         .option = {.spellings = "--lr_sched_factors",
                                                    .help = "to which multiples of the base rate, e.g. 0.1 0.01"}}),
    entry(&RunConfig::random_seed, {.name = "random_seed",
                                    .reach = Reach::result,
                                    .in_result = InResult::by_deepobs,
                                    .range = SettingRange{.most = (std::int64_t{1} << 32) - 1},
                                    .option = {.spellings = "-r,--random_seed", .help = "seed (42)", .sweeps = true}}),
    entry(&RunConfig::data_order,
          {.name = "data_order",
           .reach = Reach::computation,
           .in_result = InResult::by_us,
           .option = {.spellings = "--data_order", .help = "shuffled, or sequential: file order, no augmentation"},
           .marks_folder = true}),
    entry(&RunConfig::max_steps_per_epoch,
          {.name = "max_steps_per_epoch",
           .reach = Reach::computation,
           .in_result = InResult::by_us,
           .range = positive,
           .option = {.spellings = "--max_steps_per_epoch", .help = "for short trials"},
           .marks_folder = true}),
    entry(&RunConfig::eval_batches, {.name = "eval_batches",
                                     .reach = Reach::computation,
                                     .in_result = InResult::by_us,
                                     .range = positive,
                                     .option = {.spellings = "--eval_batches", .help = "for short trials"},
                                     .marks_folder = true}),
    entry(&RunConfig::validation,
          {.name = "validation",
           .reach = Reach::computation,
           .in_result = InResult::by_us,
           .option = {.spellings = "--validation",
                      .help = "hold out a validation set, as DeepOBS 1.2 does (--layout 1.2 wants it)"},
           // 1.2 always holds out a validation set and does not name it; the others never do.
           .mark =
               [](const Run& run) {
                 const RunConfig& config = run.config;
                 return config.validation == (config.layout == Layout::v1_2) ? "" : python_text(config.validation);
               },
           .note =
               [](const Run& run) {
                 const std::int64_t own = run.data_set->valid;
                 return own > 0 ? counted(own, "example") + " of the data set's own"
                                : counted(run.problem->held_out(), "training example") + " held out";
               }}),
    // What is in the file counts, not where it lies. The name of the folder says to people where a run began, the
    // checksum keeps apart files of one name.
    entry(&RunConfig::init_from,
          {.name = "init_from",
           .in_result = InResult::by_us,
           .option = {.spellings = "--init_from", .help = "initial parameters, a .safetensors file"},
           .mark =
               [](const Run& run) {
                 const auto& file = run.config.init_from;
                 return file.empty() ? "" : encode_name(file.stem().string()) + "-" + run.init_from_crc;
               },
           .note = [](const Run& run) { return "CRC-32 " + run.init_from_crc; }}),
    entry(
        &RunConfig::data_dir,
        {.name = "data_dir",
         .option = {.spellings = "--data_dir",
                    .help = "folder with the data sets' folders, looked at first; the other places: deepobs data list",
                    .group = OptionGroup::output,
                    .bench_help = "where to look for data first; where there is none, random bytes do"}}),
    entry(&RunConfig::home, {.name = "home", .option = environment}),
    entry(&RunConfig::output_dir, {.name = "output_dir",
                                   .option = {.spellings = "--output_dir",
                                              .help = "folder of the results (results)",
                                              .group = OptionGroup::output}}),
    entry(&RunConfig::layout, {.name = "layout",
                               .reach = Reach::result,
                               .option = {.spellings = "--layout",
                                          .help = "names and JSON of: flat (PyTorch port), tf (DeepOBS 1.1), 1.2",
                                          .group = OptionGroup::output}}),
    entry(&RunConfig::save_params,
          {.name = "save_params",
           .option = {.spellings = "--save_params",
                      .help = "write the final parameters, a .safetensors file; of several runs with {lr}, {seed}, ... "
                              "in its name",
                      .group = OptionGroup::output}}),
    entry(&RunConfig::train_log_interval, {.name = "train_log_interval",
                                           .reach = Reach::result,
                                           .in_result = InResult::by_deepobs,
                                           .range = positive,
                                           .option = {.spellings = "--train_log_interval",
                                                      .help = "log the loss of every so many steps (10)",
                                                      .group = OptionGroup::output}}),
    entry(&RunConfig::checkpoint_dir,
          {.name = "checkpoint_dir",
           .option = {.spellings = "--checkpoint_dir",
                      .help = "with --resume: folder of the checkpoints (beside output_dir: results.work/checkpoints)",
                      .group = OptionGroup::output}}),
    entry(&RunConfig::checkpoint_seconds, {.name = "checkpoint_seconds",
                                           .range = SettingRange{},
                                           .option = {.spellings = "--checkpoint_seconds",
                                                      .help = "with --resume: how often one is written (300)",
                                                      .group = OptionGroup::output}}),
    entry(&RunConfig::print_train_iter, {.name = "print_train_iter",
                                         .option = {.spellings = "--print_train_iter",
                                                    .help = "print the logged losses",
                                                    .group = OptionGroup::output}}),
    entry(&RunConfig::no_logs,
          {.name = "no_logs",
           .option = {.spellings = "--no_logs", .help = "write no result", .group = OptionGroup::output}}),
    entry(&RunConfig::resume, {.name = "resume",
                               .option = {.spellings = "--resume",
                                          .help = "keep checkpoints, and go on from one where there is one; runs that "
                                                  "have a result are left out",
                                          .group = OptionGroup::output}}),
    entry(&RunConfig::device, {.name = "device",
                               .reach = Reach::computation,
                               .in_result = InResult::of_device,
                               .option = {.spellings = "--device",
                                          .help = "cpu, cuda (an NVIDIA GPU), or auto: cuda where there is one (cpu)",
                                          .group = OptionGroup::machine,
                                          .bench_help = "cpu, cuda, or auto (cpu)"}}),
    entry(&RunConfig::precision, {.name = "precision",
                                  .reach = Reach::computation,
                                  .in_result = InResult::of_device,
                                  .option = {.spellings = "--precision",
                                             .help = "of products on a GPU: fp32, tf32 or bf16 (fp32)",
                                             .group = OptionGroup::machine,
                                             .bench_help = "of products on a GPU: fp32, tf32 or bf16 (fp32)"},
                                  .marks_folder = true}),
    entry(&RunConfig::cuda_library, {.name = "cuda_library", .option = environment}),
    entry(&RunConfig::cuda_overlap, {.name = "cuda_overlap", .option = environment}),
    entry(&RunConfig::threads,
          {.name = "threads",
           .in_result = InResult::of_device,
           .range = SettingRange{.most = 1024, .meaning_of_zero = "every core"},
           .option = {.spellings = "--threads",
                      .help = "threads of a run on a CPU, and as many to stream data (0: every core, or its share); "
                              "changes no result",
                      .group = OptionGroup::machine,
                      .bench_help = "threads; 0 is every core (0)"},
           .resolved = [](const Run& run) { return std::int64_t{resolved_threads(run.config.threads)}; }}),
    entry(
        &RunConfig::conv_algorithm,
        {.name = "conv_algorithm",
         .reach = Reach::computation,
         .in_result = InResult::by_us,
         .option = {.spellings = "--conv_algorithm",
                    .help = "auto: convolutions in Winograd's tiles where that is faster; direct: none",
                    .group = OptionGroup::machine,
                    .bench_help = "auto: convolutions in Winograd's tiles where that is faster; direct: none (auto)"}}),
};

/// The names of options that concern the command alone, "h" and "help" the parser's.
constexpr std::array<std::string_view, 8> command_options{"config", "dry_run", "h",     "help",
                                                          "jobs",   "json",    "quiet", "print_config"};

/// "learning_rate" of "--learning_rate".
std::string without_hyphens(const std::string& spelling) {
  return spelling.substr(std::min(spelling.find_first_not_of('-'), spelling.size()));
}

}  // namespace

std::span<const Setting> settings() { return all; }

const Setting& setting(std::string_view name) {
  const auto at = std::ranges::find(all, name, &Setting::name);
  require(at != all.end(), Fault::internal, "there is no setting ", name);
  return *at;
}

std::vector<std::string> spellings_of(const Setting& setting) {
  std::vector<std::string> spellings;
  for (std::string_view rest = setting.option.spellings; !rest.empty();) {
    const auto end = std::min(rest.find(','), rest.size());
    spellings.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return spellings;
}

std::string option_name(const Setting& setting) {
  return setting.option.spellings.empty() ? std::string(setting.name) : without_hyphens(spellings_of(setting).back());
}

bool is_option_name(std::string_view name) {
  if (std::ranges::find(command_options, name) != command_options.end()) return true;
  return std::ranges::any_of(all, [&](const Setting& setting) {
    const auto is_name = [&](const std::string& spelling) { return without_hyphens(spelling) == name; };
    return setting.name == name || std::ranges::any_of(spellings_of(setting), is_name);
  });
}

void check_range(const Setting& setting, const SettingValue& value, std::string_view hint) {
  if (!setting.range) return;
  const auto [least, most, zero] = *setting.range;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    if (*whole >= least && *whole <= most) return;
    const std::string low = text(least, zero.empty() ? "" : text(" (", zero, ")"));
    fail(Fault::usage, setting.name, " must be ",
         most == SettingRange::unbounded ? "at least " + low : text(low, " to ", most), ", not ", *whole, hint);
  }
  if (const auto* number = std::get_if<double>(&value))
    require(std::isfinite(*number) && *number >= static_cast<double>(least), Fault::usage, setting.name,
            " must be a finite number of at least ", least, ", not ", *number, hint);
}

void write_setting(JsonWriter& json, const Setting& setting, const SettingValue& value) {
  json.key(setting.name);
  const auto* numbers = std::get_if<std::vector<double>>(&value);
  if (numbers == nullptr || setting.list == ListNumbers::floats) return write_value(json, value);
  json.begin_array();
  for (const double each : *numbers)
    if (const auto count = whole_number(each))
      json.value(*count);
    else
      json.value(each);
  json.end_array();
}

SettingValue value_in(const Run& run, const Setting& setting) {
  return setting.resolved ? setting.resolved(run) : setting.get(run.config);
}

void set_hyperparameter(RunConfig& config, const NamedValue& value) {
  const auto at = std::ranges::find(config.hyperparameters, value.name, &NamedValue::name);
  if (at == config.hyperparameters.end())
    config.hyperparameters.push_back(value);
  else
    at->value = value.value;
}

}  // namespace deepobs
