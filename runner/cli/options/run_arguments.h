#pragma once

#include <set>
#include <string>
#include <vector>

#include "runner/cli/commands/commands.h"
#include "runner/cli/options/hyperparameter_options.h"
#include "runner/cli/options/sweep.h"
#include "runner/training/config/settings.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace deepobs {

/// The arguments of `deepobs run`. It stays where it is and outlives the App, whose options write into it.
class RunArguments {
 public:
  RunArguments() = default;
  RunArguments(const RunArguments&) = delete;
  RunArguments& operator=(const RunArguments&) = delete;

  /// Adds the command. Its options depend on the optimizer; null when none is named.
  CLI::App* add_to(CLI::App& app, const Optimizer* optimizer);

  /// What the arguments ask for, after they were parsed; the stop token and the home folder are the caller's to set
  /// before. Errors: usage.
  RunCommand command() const;

  /// The settings that all runs share. Those that it has before add_to() hold where no option says otherwise.
  RunConfig config;

  /// The file that they are of; empty without --config. It is named in messages.
  std::string config_file;

 private:
  void add_settings(CLI::App* run, OptionGroup group);
  CLI::Option* add_setting(CLI::App* run, const Setting& setting);
  CLI::Option* add_axis(CLI::App* run, const Setting& setting, const std::string& names, const std::string& help);
  void add_output_of_command(CLI::App* run);
  void check_together() const;

  const Optimizer* optimizer_ = nullptr;
  std::vector<Axis> axes_;
  HyperparameterWords hyperparameters_;
  int jobs_ = 0;
  bool quiet_ = false, dry_run_ = false, json_ = false, print_config_ = false;
};

/// "lr", "learning_rate", "N", "problem", ...: what the arguments of `deepobs run` are called, but for the optimizers'.
std::set<std::string> names_of_run_options();

/// The settings, each with all its spellings, that take several values for as many runs.
std::vector<std::vector<std::string>> several_valued_options();

}  // namespace deepobs
