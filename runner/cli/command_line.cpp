#include "runner/cli/command_line.h"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "engine/base/check.h"
#include "engine/base/nearest_name.h"
#include "engine/base/printable.h"
#include "runner/cli/commands/commands.h"
#include "runner/cli/options/analyze_arguments.h"
#include "runner/cli/options/argument_words.h"
#include "runner/cli/options/bench_arguments.h"
#include "runner/cli/options/hyperparameter_options.h"
#include "runner/cli/options/option_kinds.h"
#include "runner/cli/options/run_arguments.h"
#include "runner/cli/terminal/signal_watch.h"
#include "runner/results/caught.h"
#include "runner/training/config/config_file.h"
#include "runner/training/config/offered_optimizers.h"
#include "runner/training/records/version.h"

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
    case Fault::resumable:
      return 75;
    default:
      return 70;
  }
}

int reported(const Error& error, int status) {
  std::cerr << "deepobs: " << printable_lines(error.what()) << std::endl;
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
  BenchArguments bench;
  std::string list_what, info_name;
  std::vector<std::string> data_sets;
  bool list_json = false, info_json = false, info_devices = false;
  AnalyzeArguments analyze;
  std::filesystem::path data_dir;  // of deepobs data
};

/// The command that the arguments name, with its name in full and the index of the argument behind it.
struct Named {
  CLI::App* command;
  std::string name = "deepobs";
  std::size_t next = 0;
};
Named named_command(CLI::App& app, const std::vector<std::string>& arguments) {
  Named named{&app};
  for (; named.next < arguments.size(); ++named.next) {
    const auto inner =
        named.command->get_subcommands([&](CLI::App* command) { return command->get_name() == arguments[named.next]; });
    if (inner.empty()) break;
    named.command = inner.front();
    named.name += " " + inner.front()->get_name();
  }
  return named;
}

/// The spelling of the option that begins the argument: "--lr" of "--lr=0.1", "-r" of "-r7"; empty where none does.
std::string spelling_in(const std::string& argument, const CLI::Option& option) {
  const auto name = argument.substr(0, argument.find('='));
  for (const auto& known : option.get_lnames())
    if (name == "--" + known) return name;
  for (const auto& known : option.get_snames())
    if (argument.starts_with("-" + known)) return "-" + known;
  return "";
}

/// Of the arguments as they were typed: later several values become as many options.
void refuse_doubled(const Named& named, const std::vector<std::string>& arguments) {
  for (const auto* option : named.command->get_options()) {
    if (option->check_lname("reference")) continue;  // one each time, or several at once
    std::vector<std::string> typed;
    for (const auto& argument : arguments)
      if (auto spelling = spelling_in(argument, *option); !spelling.empty()) typed.push_back(std::move(spelling));
    if (typed.size() < 2) continue;
    const auto other = std::ranges::find_if(typed, [&](const auto& each) { return each != typed.front(); });
    fail(Fault::usage, typed.front(), " is given ", typed.size(), " times",
         other == typed.end() ? "" : ", also as " + *other, "\nSee: ", named.name, " --help");
  }
}

/// What is wrong with arguments of which some are not known or not there, in our words where the parser's, `said`, do
/// not help.
std::string problem_text(const Named& named, const std::vector<std::string>& arguments, const std::string& said) {
  std::vector<std::string> options, commands;
  for (const auto* option : named.command->get_options())
    for (const auto& name : option->get_lnames()) options.push_back(name);
  for (const auto& argument : arguments) {
    if (!argument.starts_with("--") || argument == "--") continue;
    const auto given = argument.substr(2, argument.find('=') - 2);
    if (std::ranges::find(options, given) != options.end()) continue;
    const auto near = nearest(given, options);
    return "unknown option --" + printable_name(given) + (near.empty() ? "" : ": did you mean --" + near + "?");
  }
  for (const auto* command : named.command->get_subcommands([](const CLI::App*) { return true; }))
    commands.push_back(command->get_name());
  if (commands.empty()) return said;
  if (named.next < arguments.size()) return unknown_name_text("command", arguments[named.next], commands);
  std::string known;
  for (const auto& command : commands) known += (known.empty() ? "" : ", ") + command;
  return "a command is needed: " + known;
}

bool takes_subcommands(const CLI::App& command) {
  return !command.get_subcommands([](const CLI::App*) { return true; }).empty();
}

/// Parses the words into what the options are bound to; true when all that was asked for was help or the version, which
/// is printed then. Errors: usage. `typed`: the words as they were before several values became as many options.
bool parse(CLI::App& app, const Named& named, const std::vector<std::string>& typed,
           const std::vector<std::string>& words) {
  const auto refuse = [&](const std::string& what) { fail(Fault::usage, what, "\nSee: ", named.name, " --help"); };
  // The parser would name what is left over in no order; so it is asked to keep it.
  if (!takes_subcommands(*named.command)) named.command->allow_extras();
  const auto left_over = [&] {
    std::string list;
    for (const auto& word : app.remaining(true))
      if (word != "--") list += (list.empty() ? "not expected: " : " ") + printable_name(word);
    return list;
  };
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::Success& done) {
    app.exit(done, std::cout, std::cerr);
    return true;
  } catch (const CLI::ExtrasError& error) {
    refuse(problem_text(named, typed, left_over().empty() ? printable(error.what()) : left_over()));
  } catch (const CLI::RequiredError& error) {
    refuse(problem_text(named, typed, error.what()));
  } catch (const CLI::ParseError& error) {
    refuse(printable(error.what()));
  }
  if (!left_over().empty()) refuse(problem_text(named, typed, left_over()));
  return false;
}

/// Nothing is done with a built-in optimizer that is described wrongly, and nobody looks for it in vain.
void check_optimizers_of(const std::vector<std::string>& arguments) {
  for (const char* command : {"run", "bench", "list", "info"})
    if (!arguments.empty() && arguments.front() == command) check_built_in();
}

/// The status of a command that has done all. Where its words could not be written, somebody is to know.
int finished_output() {
  std::cout.flush();
  require(std::cout.good(), Fault::io, "standard output could not be written");
  return 0;
}

/// Reads the configuration that the arguments of `deepobs run` name, and finds the optimizer that is theirs or the
/// configuration's: null where there is none.
const Optimizer* read_named(const std::vector<std::string>& arguments, const Catalogue& catalogue, RunArguments& run) {
  const auto first = [](const std::vector<std::string>& values) { return values.empty() ? "" : values.front(); };
  std::string name = first(values_of(arguments, "--optimizer", "-o"));
  run.config_file = first(values_of(arguments, "--config"));
  if (!run.config_file.empty()) {
    run.config = read_config(run.config_file, &catalogue);
    const std::string& in_file = run.config.optimizer;
    if (name.empty()) name = in_file;
    require(
        name == in_file || run.config.hyperparameters.empty(), Fault::usage, "the hyperparameters in '",
        run.config_file, "' are ",
        in_file.empty() ? "nobody's: it names no optimizer" : "those of " + in_file + ", and --optimizer is " + name);
  }
  return name.empty() ? nullptr : &catalogue.optimizer(name);
}

int run_arguments(const std::vector<std::string>& arguments, const Catalogue& catalogue) {
  check_optimizers_of(arguments);
  Arguments args;
  CLI::App app("The DeepOBS optimizer benchmark.", "deepobs");
  app.set_version_flag("--version", "deepobs " + version() + " (" + revision() + ")");
  app.require_subcommand(1);
  app.footer(
      "Examples\n"
      "  deepobs run fmnist_mlp --optimizer SGD --lr 0.1 --momentum 0.9 --num_epochs 5\n"
      "  deepobs analyze results\n"
      "  deepobs info cifar10_3c3d\n"
      "  deepobs data list");

  const bool is_run = !arguments.empty() && arguments.front() == "run";
  const Optimizer* optimizer = is_run ? read_named(arguments, catalogue, args.run) : nullptr;

  args.run.add_to(app, optimizer);
  CLI::App* list = app.add_subcommand("list", "List problems, optimizers, data sets");
  list->add_option("what", args.list_what, "problems, optimizers or datasets; all without it");
  list->add_flag("--json", args.list_json, "as JSON")->disable_flag_override();
  CLI::App* info = app.add_subcommand("info", "Describe a test problem, an optimizer or a data set; or the devices");
  info->add_option("name", args.info_name, "problem, optimizer or data set; deepobs list");
  info->add_flag("--devices", args.info_devices, "this machine's CPU and GPUs, and why one cannot be used")
      ->disable_flag_override();
  info->add_flag("--json", args.info_json, "as JSON")->disable_flag_override();
  CLI::App* bench = args.bench.add_to(app, arguments, catalogue);
  CLI::App* analyze = add_analyze(app, args.analyze);
  CLI::App* data = app.add_subcommand("data", "Data sets on this machine");
  data->require_subcommand(1);
  CLI::App* data_list = data->add_subcommand("list", "What there is of each data set by headers and sizes, and where");
  CLI::App* data_check = data->add_subcommand("check", "Read everything and compare it with the checksums there are");
  data_check->add_option("sets", args.data_sets, "data sets; deepobs list datasets (default: all)");
  for (CLI::App* each : {data_list, data_check})
    add_text(each, "--data_dir", args.data_dir, "folder with the data sets' folders, looked at first");

  const Named named = named_command(app, arguments);
  refuse_doubled(named, arguments);
  const auto words = optimizer != nullptr
                         ? with_hyperparameter_values(arguments, *optimizer, catalogue, several_valued_options())
                         : args.bench.with_values(arguments, catalogue);
  if (parse(app, named, arguments, words)) return finished_output();

  std::filesystem::path home, cuda_library;
  bool cuda_overlap = true;
  if (const char* variable = std::getenv("HOME")) home = variable;
  if (const char* variable = std::getenv("DEEPOBS_CUDA_LIBRARY")) cuda_library = variable;
  if (const char* variable = std::getenv("DEEPOBS_CUDA_OVERLAP")) cuda_overlap = std::string_view(variable) != "0";
  if (list->parsed()) {
    list_command(args.list_what, args.list_json, catalogue, std::cout);
  } else if (info->parsed()) {
    require(args.info_devices || !args.info_name.empty(), Fault::usage,
            "name is required, or --devices\nSee: deepobs info --help");
    require(!args.info_devices || args.info_name.empty(), Fault::usage,
            "deepobs info describes what was named or the devices; give one of them\nSee: deepobs info --help");
    if (args.info_devices)
      devices_command(cuda_library, args.info_json, std::cout);
    else
      info_command(args.info_name, args.info_json, catalogue, std::cout);
  } else if (bench->parsed()) {
    BenchOptions options = args.bench.options();
    options.home = home;
    options.device.cuda_library = cuda_library;
    options.device.cuda_overlap = cuda_overlap;
    bench_command(options, catalogue, std::cout);
  } else if (analyze->parsed()) {
    const bool is_good = analyze_command(args.analyze.finished(), std::cout);
    finished_output();
    return is_good ? 0 : exit_status(Fault::data);
  } else if (data_list->parsed()) {
    data_list_command(search_places(args.data_dir, home), catalogue, std::cout);
  } else if (data_check->parsed()) {
    data_check_command(args.data_sets, search_places(args.data_dir, home), catalogue, std::cout);
  } else {
    const SignalWatch signals;
    args.run.config.home = home;
    args.run.config.cuda_library = cuda_library;
    args.run.config.cuda_overlap = cuda_overlap;
    args.run.config.stop = signals.token();
    const RunCommand command = args.run.command();
    try {
      run_command(command, catalogue, std::cout);
    } catch (const Error& error) {
      if (error.fault() == Fault::interrupted) return reported(error, signals.exit_status());
      throw;
    }
  }
  return finished_output();
}

}  // namespace

int command_line(int argc, const char* const* argv, const Own& own) {
  occupy_closed_streams();
  int status = 0;
  const auto error = caught([&] { status = run_arguments(with_underscores({argv + 1, argv + argc}), Catalogue(own)); });
  return error ? reported(*error, exit_status(error->fault())) : status;
}

int command_line(int argc, const char* const* argv, const std::vector<Optimizer>& own_optimizers) {
  return command_line(argc, argv, Own{.optimizers = own_optimizers});
}

}  // namespace deepobs
