#include "runner/command_line.h"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "engine/check.h"
#include "engine/nearest_name.h"
#include "runner/argument_words.h"
#include "runner/bench_arguments.h"
#include "runner/commands.h"
#include "runner/option_kinds.h"
#include "runner/run_arguments.h"
#include "runner/signal_watch.h"
#include "runner/version.h"

namespace deepobs {
namespace {

int exit_status(Fault fault) {  // Fault::interrupted has the status of its signal
  switch (fault) {
    case Fault::usage:
      return 64;
    case Fault::data:
      return 65;
    case Fault::missing:
      return 66;
    case Fault::memory:
      return 71;
    case Fault::io:
      return 74;
    default:
      return 70;
  }
}

int reported(const Error& error, int status) {
  std::cerr << "deepobs: " << error.what() << std::endl;
  return status;
}

/// A standard stream that the caller has closed gets /dev/null: else the next file opened, perhaps a result, would take
/// its number, and messages would be written into it. Reading only, so that output to it is still an error.
void occupy_closed_streams() {
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream)
    if (fcntl(stream, F_GETFD) == -1) open("/dev/null", O_RDONLY);  // takes the lowest free number, which is this
}

/// Everything that the arguments can say.
struct Arguments {
  RunArguments run;
  std::string list_what, info_problem;
  std::vector<std::string> data_sets;
  bool info_json = false, info_devices = false;
  BenchOptions bench;
  std::filesystem::path data_dir;  // of deepobs data
};

/// The command that the arguments name, with its name in full and the index of the argument behind it.
struct Named {
  const CLI::App* command;
  std::string name = "deepobs";
  std::size_t next = 0;
};
Named named_command(const CLI::App& app, const std::vector<std::string>& arguments) {
  Named named{&app};
  for (; named.next < arguments.size(); ++named.next) {
    const auto inner = named.command->get_subcommands(
        [&](const CLI::App* command) { return command->get_name() == arguments[named.next]; });
    if (inner.empty()) break;
    named.command = inner.front();
    named.name += " " + inner.front()->get_name();
  }
  return named;
}

bool is_spelling(const CLI::Option& option, const std::string& argument) {
  const auto name = argument.substr(0, argument.find('='));
  return std::ranges::any_of(option.get_lnames(), [&](const auto& known) { return name == "--" + known; }) ||
         std::ranges::any_of(option.get_snames(), [&](const auto& known) { return argument == "-" + known; });
}

void refuse_doubled(const Named& named, const std::vector<std::string>& arguments) {
  for (const auto* option : named.command->get_options()) {
    const auto times = std::ranges::count_if(arguments, [&](const auto& each) { return is_spelling(*option, each); });
    require(times < 2, Fault::usage, option->get_name(), " is given ", times, " times\nSee: ", named.name, " --help");
  }
}

/// What is wrong, in our words where the parser's do not help.
std::string problem_text(const Named& named, const CLI::ParseError& error, const std::vector<std::string>& arguments) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr &&
      dynamic_cast<const CLI::RequiredError*>(&error) == nullptr)
    return error.what();

  std::vector<std::string> options, commands;
  for (const auto* option : named.command->get_options())
    for (const auto& name : option->get_lnames()) options.push_back(name);
  for (const auto& argument : arguments) {
    if (!argument.starts_with("--") || argument == "--") continue;
    const auto given = argument.substr(2, argument.find('=') - 2);
    if (std::ranges::find(options, given) != options.end()) continue;
    const auto near = nearest(given, options);
    return "unknown option --" + given + (near.empty() ? "" : ": did you mean --" + near + "?");
  }
  for (const auto* command : named.command->get_subcommands([](const CLI::App*) { return true; }))
    commands.push_back(command->get_name());
  if (commands.empty()) return error.what();
  if (named.next < arguments.size()) return unknown_name_text("command", arguments[named.next], commands);
  std::string known;
  for (const auto& command : commands) known += (known.empty() ? "" : ", ") + command;
  return "a command is needed: " + known;
}

/// The status of a command that has done all. Where its words could not be written, somebody is to know.
int finished_output() {
  std::cout.flush();
  require(std::cout.good(), Fault::io, "standard output could not be written");
  return 0;
}

int run_arguments(const std::vector<std::string>& arguments, const std::vector<Optimizer>& own) {
  Arguments args;
  CLI::App app("The DeepOBS optimizer benchmark.", "deepobs");
  app.set_version_flag("--version", "deepobs " + version() + " (" + revision() + ")");
  app.require_subcommand(1);
  app.footer(
      "Examples\n"
      "  deepobs run fmnist_mlp --optimizer SGD --lr 0.1 --momentum 0.9 --num_epochs 5\n"
      "  deepobs info cifar10_3c3d\n"
      "  deepobs data list");

  const std::string name = named_optimizer(arguments);
  const Optimizer* optimizer = nullptr;
  for (const auto& one : own)
    if (one.name == name) optimizer = &one;
  if (optimizer == nullptr && !name.empty()) optimizer = &find_optimizer(name);

  auto words = arguments;
  if (optimizer != nullptr) {
    words = with_flag_values(words, *optimizer);
    words = with_several_values(words, several_valued_options(*optimizer));
  }

  args.run.add_to(app, optimizer);
  CLI::App* list = app.add_subcommand("list", "List problems, optimizers, data sets");
  list->add_option("what", args.list_what, "problems, optimizers or datasets; all without it")
      ->check(CLI::IsMember({"problems", "optimizers", "datasets"}));
  CLI::App* info = app.add_subcommand("info", "Describe a test problem: layers, parameters, defaults; or the devices");
  info->add_option("problem", args.info_problem, "test problem");
  info->add_flag("--devices", args.info_devices, "this machine's CPU and GPUs, and why one cannot be used")
      ->disable_flag_override();
  info->add_flag("--json", args.info_json, "as JSON")->disable_flag_override();
  CLI::App* bench = add_bench(app, args.bench);
  CLI::App* data = app.add_subcommand("data", "Data sets on this machine");
  data->require_subcommand(1);
  CLI::App* data_list = data->add_subcommand("list", "What there is of each data set by headers and sizes, and where");
  CLI::App* data_check = data->add_subcommand("check", "Read everything and compare it with the checksums there are");
  data_check->add_option("sets", args.data_sets, "data sets; deepobs list datasets (default: all)");
  for (CLI::App* each : {data_list, data_check})
    add_text(each, "--data_dir", args.data_dir, "folder with the data sets' folders, looked at first");

  const Named named = named_command(app, words);
  refuse_doubled(named, words);
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::Success& done) {
    app.exit(done, std::cout, std::cerr);
    return finished_output();
  } catch (const CLI::ParseError& error) {
    fail(Fault::usage, problem_text(named, error, words), "\nSee: ", named.name, " --help");
  }

  std::filesystem::path home, cuda_library;
  bool cuda_overlap = true;
  if (const char* variable = std::getenv("HOME")) home = variable;
  if (const char* variable = std::getenv("DEEPOBS_CUDA_LIBRARY")) cuda_library = variable;
  if (const char* variable = std::getenv("DEEPOBS_CUDA_OVERLAP")) cuda_overlap = std::string_view(variable) != "0";
  if (list->parsed()) {
    list_command(args.list_what, own, std::cout);
  } else if (info->parsed()) {
    require(args.info_devices || !args.info_problem.empty(), Fault::usage,
            "problem is required, or --devices\nSee: deepobs info --help");
    require(!args.info_devices || args.info_problem.empty(), Fault::usage,
            "deepobs info describes a problem or the devices; give one of them\nSee: deepobs info --help");
    if (args.info_devices)
      devices_command(cuda_library, args.info_json, std::cout);
    else
      info_command(args.info_problem, args.info_json, std::cout);
  } else if (bench->parsed()) {
    args.bench.home = home;
    args.bench.device.cuda_library = cuda_library;
    args.bench.device.cuda_overlap = cuda_overlap;
    bench_command(args.bench, own, std::cout);
  } else if (data_list->parsed()) {
    data_list_command(args.data_dir, home, std::cout);
  } else if (data_check->parsed()) {
    data_check_command(args.data_sets, args.data_dir, home, std::cout);
  } else {
    const SignalWatch signals;
    args.run.config.home = home;
    args.run.config.cuda_library = cuda_library;
    args.run.config.cuda_overlap = cuda_overlap;
    args.run.config.stop = signals.token();
    const RunCommand command = args.run.command();
    try {
      run_command(command, std::cout);
    } catch (const Error& error) {
      if (error.fault() == Fault::interrupted) return reported(error, signals.exit_status());
      throw;
    }
  }
  return finished_output();
}

}  // namespace

int command_line(int argc, const char* const* argv, const std::vector<Optimizer>& own_optimizers) {
  occupy_closed_streams();
  try {
    return run_arguments(with_underscores({argv + 1, argv + argc}), own_optimizers);
  } catch (const Error& error) {
    return reported(error, exit_status(error.fault()));
  } catch (const std::bad_alloc&) {
    std::cerr << "deepobs: the machine has no memory left" << std::endl;
    return exit_status(Fault::memory);
  } catch (const std::exception& error) {
    std::cerr << "deepobs: " << error.what() << std::endl;
    return exit_status(Fault::internal);
  }
}

}  // namespace deepobs
