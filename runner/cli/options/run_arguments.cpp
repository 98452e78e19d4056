#include "runner/cli/options/run_arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "engine/base/check.h"
#include "runner/cli/options/option_kinds.h"
#include "runner/training/concurrent.h"
#include "runner/training/config/settings.h"

namespace deepobs {
namespace {

template <class Value>
SettingValue read_as(std::string_view option, const ArgumentTexts& words) {
  Value value{};
  read_argument(option, words, value);
  return value;
}

/// The value of a setting that is no text.
SettingValue number_of(const Setting& setting, const ArgumentTexts& words) {
  return setting.kind == SettingKind::whole    ? read_as<std::int64_t>(setting.name, words)
         : setting.kind == SettingKind::number ? read_as<double>(setting.name, words)
                                               : read_as<std::vector<double>>(setting.name, words);
}

const char* heading(OptionGroup group) {
  return group == OptionGroup::training ? "Training (options with ... take several values, for as many runs)"
         : group == OptionGroup::output ? "Data and output"
                                        : "Machine";
}

}  // namespace

std::vector<std::vector<std::string>> several_valued_options() {
  std::vector<std::vector<std::string>> out;
  for (const Setting& setting : settings())
    if (setting.option.sweeps) out.push_back(spellings_of(setting));
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
CLI::Option* RunArguments::add_axis(CLI::App* run, const Setting& setting, const std::string& names,
                                    const std::string& help) {
  const auto axis = axes_.size();
  axes_.push_back({std::string(setting.name), {}});
  const auto read = [this, axis, &setting](const ArgumentTexts& given) {
    axes_[axis].choices.clear();
    for (const auto& word : given) {
      const SettingValue value = number_of(setting, {word});
      axes_[axis].choices.push_back({to_string(value), [&setting, value](RunConfig& of) { setting.set(of, value); }});
    }
  };
  return add_values(run, names, read, help, "NUMBER...")->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

CLI::Option* RunArguments::add_setting(CLI::App* run, const Setting& setting) {
  const std::string names(setting.option.spellings), help(setting.option.help);
  if (setting.option.sweeps) return add_axis(run, setting, names, help);
  if (setting.kind == SettingKind::flag)
    return run
        ->add_flag_callback(
            names, [this, &setting] { setting.set(config, true); }, help)
        ->disable_flag_override();
  if (setting.kind == SettingKind::text) {
    CLI::Option* option = add_text(
        run, names, [this, &setting](const std::string& word) { setting.set(config, word); }, help);
    std::string choices;
    for (const auto choice : setting.choices) choices += text(choices.empty() ? "" : "|", choice);
    if (!choices.empty()) option->type_name(choices);
    return option;
  }
  CLI::Option* option = add_values(
      run, names, [this, &setting](const ArgumentTexts& given) { setting.set(config, number_of(setting, given)); },
      help);
  return setting.kind == SettingKind::numbers ? option->type_size(1)
                                                    ->expected(1, CLI::detail::expected_max_vector_size)
                                                    ->allow_extra_args()
                                                    ->delimiter(',')
                                              : option;
}

void RunArguments::add_settings(CLI::App* run, OptionGroup group) {
  for (const Setting& setting : settings()) {
    if (setting.option.group != group || setting.option.spellings.empty()) continue;
    CLI::Option* option = add_setting(run, setting);
    if (group == OptionGroup::needed)
      option->required(config_file.empty());
    else
      option->group(heading(group));
  }
}

void RunArguments::add_output_of_command(CLI::App* run) {
  const auto add_flag = [&](const char* name, bool& value, const char* help) {
    return run->add_flag(name, value, help)->disable_flag_override()->group(heading(OptionGroup::output));
  };
  add_flag("--quiet", quiet_, "print warnings and errors only");
  auto* dry_run =
      add_flag("--dry_run", dry_run_, "print the configuration, the data and the path of the JSON; train nothing");
  add_flag("--json", json_, "with --dry_run: as JSON")->needs(dry_run);
  add_flag("--print_config", print_config_, "print the configuration as a file for --config; train nothing");
}

CLI::App* RunArguments::add_to(CLI::App& app, const Optimizer* optimizer) {
  optimizer_ = optimizer;
  CLI::App* run = app.add_subcommand("run", "Train a test problem and write its result");
  add_text(run, "--config", config_file,
           "settings from a JSON file, as --print_config makes it; options come before them");
  add_settings(run, OptionGroup::needed);
  add_settings(run, OptionGroup::training);
  add_settings(run, OptionGroup::output);
  add_output_of_command(run);
  add_settings(run, OptionGroup::machine);
  add_number(run, "--jobs", jobs_, "of several runs, how many at once (0: one a core)")
      ->group(heading(OptionGroup::machine));
  if (optimizer_ == nullptr)
    run->footer("Each optimizer has options of its own: deepobs run --optimizer NAME --help");
  else
    add_hyperparameters(run, *optimizer_, hyperparameters_);
  return run;
}

/// Each hyperparameter of the file is right. Where none is typed beside them, what does not fit together is the file's.
void RunArguments::check_together() const {
  const auto is_empty = [](const std::vector<std::string>& words) { return words.empty(); };
  if (config_file.empty() || !std::ranges::all_of(hyperparameters_, is_empty)) return;
  try {
    resolve(*optimizer_, config.hyperparameters);
  } catch (const Error& error) {
    fail(Fault::data, "'", config_file, "': ", error.what());
  }
}

RunCommand RunArguments::command() const {
  for (const char* needed : {"testproblem", "optimizer"})
    require(config_file.empty() || says_something(setting(needed).get(config)), Fault::usage,
            option_name(setting(needed)), " is required: neither the command line nor '", config_file, "' names one");
  require(optimizer_ != nullptr && optimizer_->name == config.optimizer, Fault::usage,
          "write the optimizer as --optimizer NAME; deepobs list optimizers");
  check_together();
  std::vector<Axis> axes;
  for (const auto& axis : axes_) {
    axes.push_back(axis);
    const SettingValue shared =
        setting(axis.name).get(config);  // of a file, or a default: {lr} and {seed} have it, too
    if (axis.choices.empty() && says_something(shared))
      axes.back().choices.push_back({to_string(shared), [](RunConfig&) {}});
  }
  for (std::size_t i = 0; i < hyperparameters_.size(); ++i) {
    const auto& hyper = optimizer_->hyperparameters[i];
    axes.push_back({hyper.name, {}});
    const auto of_file = std::ranges::find(config.hyperparameters, hyper.name, &NamedValue::name);
    if (hyperparameters_[i].empty() && of_file != config.hyperparameters.end())
      axes.back().choices.push_back(
          {to_string(checked_hyperparameter(*optimizer_, *of_file).value), [](RunConfig&) {}});
    for (const auto& word : hyperparameters_[i]) {
      const NamedValue value = parse_hyperparameter(*optimizer_, hyper.name, word);
      axes.back().choices.push_back(
          {to_string(value.value), [value](RunConfig& of) { set_hyperparameter(of, value); }});
    }
  }
  std::erase_if(axes, [](const Axis& axis) { return axis.choices.empty(); });
  // The seed changes fastest: the runs of one setting stand together.
  std::stable_partition(axes.begin(), axes.end(), [](const Axis& axis) { return axis.name != "random_seed"; });
  resolve_concurrency(1, jobs_, 0);  // refuse a wrong number of jobs, also for one run
  return {.sweep = product(config, axes),
          .jobs = jobs_,
          .quiet = quiet_,
          .dry_run = dry_run_,
          .json = json_,
          .print_config = print_config_};
}

}  // namespace deepobs
