#include "runner/cli/run_arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ranges>

#include "engine/base/check.h"
#include "runner/cli/option_kinds.h"
#include "runner/results/python_text.h"
#include "runner/training/concurrent.h"
#include "runner/training/settings.h"

namespace deepobs {
namespace {

const char *const learning_rate_names = "--lr,--learning_rate", *const batch_size_names = "--bs,--batch_size",
                  *const num_epochs_names = "-N,--num_epochs", *const weight_decay_names = "--wd,--weight_decay",
                  *const random_seed_names = "-r,--random_seed";

std::string text_of(double value) { return python_repr(value); }
std::string text_of(std::int64_t value) { return std::to_string(value); }
template <class Value>
std::string text_of(const std::optional<Value>& value) {
  return text_of(*value);
}

/// Of several numbers "0.9,0.999", which the command line takes, too.
std::string text_of(const HyperValue& value) {
  if (const auto* many = std::get_if<std::vector<double>>(&value)) {
    std::string list;
    for (const double one : *many) list += (list.empty() ? "" : ",") + python_repr(one);
    return list;
  }
  if (const auto* one = std::get_if<double>(&value)) return python_repr(*one);
  if (const auto* on = std::get_if<bool>(&value)) return *on ? "true" : "false";
  return name_text(value, PointStyle::stripped);
}

bool is_scalar(const Hyperparameter& hyper) {
  return std::holds_alternative<double>(hyper.standard) || std::holds_alternative<std::int64_t>(hyper.standard);
}

CLI::Option* add_list(CLI::App* run, const std::string& name, std::optional<std::vector<double>>& values,
                      const std::string& help) {
  return add_number(run, name, values, help)
      ->type_size(1)
      ->expected(1, CLI::detail::expected_max_vector_size)
      ->allow_extra_args()
      ->delimiter(',');
}

}  // namespace

std::vector<std::vector<std::string>> several_valued_options(const Optimizer& optimizer) {
  std::vector<std::vector<std::string>> out;
  for (const std::string names :
       {learning_rate_names, batch_size_names, num_epochs_names, weight_decay_names, random_seed_names}) {
    const auto comma = names.find(',');
    out.push_back({names.substr(0, comma), names.substr(comma + 1)});
  }
  for (const auto& hyper : optimizer.hyperparameters)
    if (is_scalar(hyper)) out.push_back({"--" + hyper.name});
  return out;
}

std::set<std::string> names_of_run_options() {
  CLI::App app;
  RunArguments arguments;
  std::set<std::string> names;
  for (const CLI::Option* option : arguments.add_to(app, nullptr)->get_options()) {
    for (const auto& known : {option->get_lnames(), option->get_snames()}) names.insert(known.begin(), known.end());
    if (option->get_positional()) names.insert(option->get_name(true));
  }
  return names;
}

/// An option of which several values make several runs.
template <class Value>
CLI::Option* RunArguments::add_axis(CLI::App* run, const std::string& names, Value RunConfig::*member,
                                    const std::string& help) {
  const std::string name = long_name(names);
  const auto axis = axes_.size();
  axes_.push_back({name, {}});
  const auto read = [this, axis, name, member](const ArgumentTexts& given) {
    axes_[axis].choices.clear();
    for (const auto& word : given) {
      Value value{};
      read_argument(name, {word}, value);
      axes_[axis].choices.push_back({text_of(value), [member, value](RunConfig& of) { of.*member = value; }});
    }
  };
  return add_values(run, names, read, help, "NUMBER...")->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void RunArguments::add_training(CLI::App* run) {
  const auto group = "Training (options with ... take several values, for as many runs)";
  add_axis(run, learning_rate_names, &RunConfig::learning_rate, "learning rate (needed)")->group(group);
  add_axis(run, batch_size_names, &RunConfig::batch_size, "examples per step (default: the problem's)")->group(group);
  add_axis(run, num_epochs_names, &RunConfig::num_epochs, "epochs (default: the problem's)")->group(group);
  add_axis(run, weight_decay_names, &RunConfig::weight_decay,
           "factor of the problem's L2 regulariser (default: the problem's)")
      ->group(group);
  add_list(run, "--lr_sched_epochs", config.lr_sched_epochs, "epochs after which the rate changes, e.g. 50 100")
      ->group(group);
  add_list(run, "--lr_sched_factors", config.lr_sched_factors, "to which multiples of the base rate, e.g. 0.1 0.01")
      ->group(group);
  add_axis(run, random_seed_names, &RunConfig::random_seed, "seed (42)")->group(group);
  add_text(run, "--init_from", config.init_from, "initial parameters, a .safetensors file")->group(group);
  add_text(run, "--data_order", data_order_, "shuffled, or sequential: file order, no augmentation")
      ->check(CLI::IsMember({"shuffled", "sequential"}))
      ->group(group);
  add_number(run, "--max_steps_per_epoch", config.max_steps_per_epoch, "for short trials")->group(group);
  add_number(run, "--eval_batches", config.eval_batches, "for short trials")->group(group);
  run->add_flag("--validation", config.validation,
                "hold out a validation set, as DeepOBS 1.2 does (--layout 1.2 wants it)")
      ->disable_flag_override()
      ->group(group);
}

void RunArguments::add_output(CLI::App* run) {
  const auto group = "Data and output";
  add_text(run, "--data_dir", config.data_dir,
           "folder with the data sets' folders, looked at first; the other places: deepobs data list")
      ->group(group);
  add_text(run, "--output_dir", config.output_dir, "folder of the results (results)")->group(group);
  add_text(run, "--layout", layout_, "names and JSON of: flat (PyTorch port), tf (DeepOBS 1.1), 1.2")
      ->check(CLI::IsMember({"flat", "tf", "1.2"}))
      ->group(group);
  add_text(run, "--save_params", config.save_params,
           "write the final parameters, a .safetensors file; of several runs with {lr}, {seed}, ... in its name")
      ->group(group);
  add_number(run, "--train_log_interval", config.train_log_interval, "log the loss of every so many steps (10)")
      ->group(group);
  add_text(run, "--checkpoint_dir", config.checkpoint_dir,
           "with --resume: folder of the checkpoints (beside output_dir: results.work/checkpoints)")
      ->group(group);
  add_number(run, "--checkpoint_seconds", config.checkpoint_seconds, "with --resume: how often one is written (300)")
      ->group(group);
  const auto add_flag = [&](const char* name, bool& value, const char* help) {
    return run->add_flag(name, value, help)->disable_flag_override()->group(group);
  };
  add_flag("--print_train_iter", config.print_train_iter, "print the logged losses");
  add_flag("--no_logs", config.no_logs, "write no result");
  add_flag("--resume", config.resume,
           "keep checkpoints, and go on from one where there is one; runs that have a result are left out");
  add_flag("--quiet", quiet_, "print warnings and errors only");
  auto* dry_run =
      add_flag("--dry_run", dry_run_, "print the configuration, the data and the path of the JSON; train nothing");
  add_flag("--json", json_, "with --dry_run: as JSON")->needs(dry_run);
}

void RunArguments::add_hyperparameters(CLI::App* run) {
  hyperparameters_.resize(optimizer_->hyperparameters.size());
  for (std::size_t i = 0; i < hyperparameters_.size(); ++i) {
    const auto& hyper = optimizer_->hyperparameters[i];
    std::string standard = text_of(hyper.standard), type = "NUMBER...";
    if (std::holds_alternative<bool>(hyper.standard)) type = "[true|false]...";
    if (!hyper.choices.empty()) {
      type.clear();
      for (const auto& word : hyper.choices) type += (type.empty() ? "" : "|") + word;
    }
    if (const auto* many = std::get_if<std::vector<double>>(&hyper.standard)) {
      type.clear();
      for (std::size_t n = 0; n < many->size(); ++n) type += n == 0 ? "NUMBER" : " NUMBER";
      type += "...";
      std::ranges::replace(standard, ',', ' ');
    }
    run->add_option("--" + hyper.name, hyperparameters_[i], hyper.help + " (" + standard + ")")
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name(type)
        ->group(optimizer_->name + " (" + optimizer_->source + ")");
  }
}

CLI::App* RunArguments::add_to(CLI::App& app, const Optimizer* optimizer) {
  optimizer_ = optimizer;
  CLI::App* run = app.add_subcommand("run", "Train a test problem and write its result");
  run->add_option("problem", config.testproblem, "test problem; deepobs list problems")->required();
  add_text(run, "-o,--optimizer", optimizer_name_, "optimizer; deepobs list optimizers")->required();
  add_training(run);
  add_output(run);
  const auto machine = "Machine";
  add_text(run, "--device", config.device, "cpu, cuda (an NVIDIA GPU), or auto: cuda where there is one (cpu)")
      ->group(machine);
  add_text(run, "--precision", config.precision, "of products on a GPU: fp32, tf32 or bf16 (fp32)")->group(machine);
  add_number(run, "--threads", config.threads,
             "threads of a run on a CPU (0: every core, or its share of them); changes no result")
      ->group(machine);
  add_text(run, "--conv_algorithm", conv_algorithm_,
           "auto: convolutions in Winograd's tiles where that is faster; direct: none")
      ->check(CLI::IsMember({"auto", "direct"}))
      ->group(machine);
  add_number(run, "--jobs", jobs_, "of several runs, how many at once (0: one a core)")->group(machine);
  if (optimizer_ == nullptr)
    run->footer("Each optimizer has options of its own: deepobs run --optimizer NAME --help");
  else
    add_hyperparameters(run);
  return run;
}

RunCommand RunArguments::command() const {
  require(optimizer_ != nullptr && optimizer_->name == optimizer_name_, Fault::usage,
          "write the optimizer as --optimizer NAME; deepobs list optimizers");
  RunConfig base = config;
  for (const auto& [name, choice] : {std::pair("layout", layout_), std::pair("data_order", data_order_),
                                     std::pair("conv_algorithm", conv_algorithm_)})
    setting(name).set(base, choice);

  std::vector<Axis> axes;
  for (const auto& axis : axes_) {
    axes.push_back(axis);
    if (axis.name == "random_seed" && axis.choices.empty())  // so that {seed} always has a value
      axes.back().choices.push_back({text_of(base.random_seed), [](RunConfig&) {}});
  }
  for (std::size_t i = 0; i < hyperparameters_.size(); ++i) {
    const auto& hyper = optimizer_->hyperparameters[i];
    if (hyperparameters_[i].empty()) continue;
    axes.push_back({hyper.name, {}});
    for (const auto& word : hyperparameters_[i]) {
      const NamedValue value = parse_hyperparameter(*optimizer_, hyper.name, word);
      axes.back().choices.push_back(
          {text_of(value.value), [value](RunConfig& of) { of.hyperparameters.push_back(value); }});
    }
  }
  std::erase_if(axes, [](const Axis& axis) { return axis.choices.empty(); });
  // The seed changes fastest: the runs of one setting stand together.
  std::stable_partition(axes.begin(), axes.end(), [](const Axis& axis) { return axis.name != "random_seed"; });
  resolve_concurrency(1, jobs_, 0);  // refuse a wrong number of jobs, also for one run
  return {.sweep = product(base, axes),
          .optimizer = *optimizer_,
          .jobs = jobs_,
          .quiet = quiet_,
          .dry_run = dry_run_,
          .json = json_};
}

}  // namespace deepobs
