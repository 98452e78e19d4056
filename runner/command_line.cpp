#include "runner/command_line.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <stop_token>
#include <thread>

#include "engine/check.h"
#include "engine/nearest_name.h"
#include "runner/argument.h"
#include "runner/argument_words.h"
#include "runner/commands.h"
#include "runner/python_text.h"
#include "runner/version.h"

namespace deepobs {
namespace {

int exit_status(Fault fault) {
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
    case Fault::interrupted:
      return 130;
    default:
      return 70;
  }
}

/// Turns SIGINT and SIGTERM into a request to stop; a second one ends the process at once. The signals are blocked in
/// every thread and waited for in one, so nothing runs inside a signal handler.
class SignalWatch {
 public:
  SignalWatch() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGUSR2);  // ends the watch itself
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    thread_ = std::thread([this] { watch(); });
  }
  ~SignalWatch() {
    pthread_kill(thread_.native_handle(), SIGUSR2);
    thread_.join();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  std::stop_token token() const { return source_.get_token(); }

 private:
  void watch() {
    for (int signal = 0;;) {
      sigwait(&signals_, &signal);
      if (signal == SIGUSR2) return;
      if (source_.stop_requested()) _exit(130);
      source_.request_stop();
    }
  }

  sigset_t signals_, before_;
  std::stop_source source_;
  std::thread thread_;
};

/// A standard stream that the caller has closed gets /dev/null: else the next file opened, perhaps a result, would take
/// its number, and messages would be written into it. Reading only, so that output to it is still an error.
void occupy_closed_streams() {
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream)
    if (fcntl(stream, F_GETFD) == -1) open("/dev/null", O_RDONLY);  // takes the lowest free number, which is this
}

/// "0.9,0.999" of the two arguments of --betas.
std::string joined(const std::vector<std::string>& given) {
  std::string all;
  for (const auto& one : given) all += (all.empty() ? "" : ",") + one;
  return all;
}

std::string standard_text(const HyperValue& value) {
  if (const auto* many = std::get_if<std::vector<double>>(&value)) {
    std::string list;
    for (const double one : *many) list += (list.empty() ? "" : " ") + python_repr(one);
    return list;
  }
  if (const auto* one = std::get_if<double>(&value)) return python_repr(*one);
  if (const auto* on = std::get_if<bool>(&value)) return *on ? "true" : "false";
  return name_text(value, PointStyle::stripped);
}

/// Everything that the arguments can say.
struct Arguments {
  RunCommand run;
  std::string optimizer_name, layout = "flat", data_order = "shuffled";
  std::vector<std::vector<std::string>> hyperparameters;  // by hyperparameter of the optimizer
  std::vector<CLI::Option*> hyperparameter_options;
  std::string list_what, info_problem;
  bool info_json = false;
};

/// An option with numbers, read by read_argument(): the parser's own conversion makes 8 of 010 and 2^63 - 1 of 2^64.
template <class Value>
CLI::Option* add_number(CLI::App* app, const std::string& names, Value& value, const std::string& help) {
  const std::string name = names.substr(names.rfind("--") + 2);
  const auto read = [name, &value](const CLI::results_t& given) {
    read_argument(name, given, value);
    return true;
  };
  return app->add_option(names, read, help)->type_name("NUMBER");
}

CLI::Option* add_numbers(CLI::App* app, const std::string& name, std::optional<std::vector<double>>& values,
                         const std::string& help) {
  return add_number(app, name, values, help)
      ->type_size(1)
      ->expected(1, CLI::detail::expected_max_vector_size)
      ->allow_extra_args()
      ->delimiter(',');
}

/// An option with a text. A forgotten value must not swallow the option behind it.
template <class Text>
CLI::Option* add_text(CLI::App* app, const std::string& names, Text& value, const std::string& help) {
  return app->add_option(names, value, help)->type_name("TEXT")->check([](const std::string& given) {
    return given.starts_with("--") ? "needs a value, but '" + given + "' is an option" : std::string();
  });
}

void add_run(CLI::App& app, Arguments& args, const Optimizer* optimizer) {
  RunConfig& config = args.run.config;
  CLI::App* run = app.add_subcommand("run", "Train a test problem and write its result");
  run->add_option("problem", config.testproblem, "test problem; deepobs list problems")->required();
  add_text(run, "-o,--optimizer", args.optimizer_name, "optimizer; deepobs list optimizers")->required();

  const auto training = "Training";
  add_number(run, "--lr,--learning_rate", config.learning_rate, "learning rate (needed)")->group(training);
  add_number(run, "--bs,--batch_size", config.batch_size, "examples per step (default: the problem's)")
      ->group(training);
  add_number(run, "-N,--num_epochs", config.num_epochs, "epochs (default: the problem's)")->group(training);
  add_number(run, "--wd,--weight_decay", config.weight_decay,
             "factor of the problem's L2 regulariser (default: the problem's)")
      ->group(training);
  add_numbers(run, "--lr_sched_epochs", config.lr_sched_epochs, "epochs after which the rate changes, e.g. 50 100")
      ->group(training);
  add_numbers(run, "--lr_sched_factors", config.lr_sched_factors, "to which multiples of the base rate, e.g. 0.1 0.01")
      ->group(training);
  add_number(run, "-r,--random_seed", config.random_seed, "seed (42)")->group(training);
  add_text(run, "--init_from", config.init_from, "initial parameters, a .safetensors file")->group(training);
  add_text(run, "--data_order", args.data_order, "shuffled, or sequential: file order, no augmentation")
      ->check(CLI::IsMember({"shuffled", "sequential"}))
      ->group(training);
  add_number(run, "--max_steps_per_epoch", config.max_steps_per_epoch, "for short trials")->group(training);
  add_number(run, "--eval_batches", config.eval_batches, "for short trials")->group(training);

  const auto output = "Data and output";
  add_text(run, "--data_dir", config.data_dir, "where to look for data first")->group(output);
  add_text(run, "--output_dir", config.output_dir, "folder of the results (results)")->group(output);
  add_text(run, "--layout", args.layout, "names and JSON of: flat (PyTorch port), tf (DeepOBS 1.1), 1.2")
      ->check(CLI::IsMember({"flat", "tf", "1.2"}))
      ->group(output);
  add_text(run, "--save_params", config.save_params, "write the final parameters, a .safetensors file")->group(output);
  add_number(run, "--train_log_interval", config.train_log_interval, "log the loss of every so many steps (10)")
      ->group(output);
  run->add_flag("--print_train_iter", config.print_train_iter, "print the logged losses")
      ->disable_flag_override()
      ->group(output);
  run->add_flag("--no_logs", config.no_logs, "write no result")->disable_flag_override()->group(output);
  run->add_flag("--quiet", args.run.quiet, "print warnings and errors only")->disable_flag_override()->group(output);
  auto* dry_run =
      run->add_flag("--dry_run", args.run.dry_run, "print the configuration and the path of the JSON; train nothing");
  dry_run->disable_flag_override()->group(output);
  run->add_flag("--json", args.run.json, "with --dry_run: as JSON")
      ->needs(dry_run)
      ->disable_flag_override()
      ->group(output);

  const auto machine = "Machine";
  add_text(run, "--device", config.device, "cpu")->group(machine);
  add_number(run, "--threads", config.threads, "threads (0: every core)")->group(machine);

  if (optimizer == nullptr) {
    run->footer("Each optimizer has options of its own: deepobs run --optimizer NAME --help");
    return;
  }
  args.hyperparameters.resize(optimizer->hyperparameters.size());
  for (std::size_t i = 0; i < optimizer->hyperparameters.size(); ++i) {
    const auto& hyper = optimizer->hyperparameters[i];
    auto* option = run->add_option("--" + hyper.name, args.hyperparameters[i],
                                   hyper.help + " (" + standard_text(hyper.standard) + ")");
    option->expected(1)->allow_extra_args(false)->type_name(
        std::holds_alternative<bool>(hyper.standard) ? "[true|false]" : "NUMBER");
    if (const auto* many = std::get_if<std::vector<double>>(&hyper.standard))
      option->expected(static_cast<int>(many->size()))->delimiter(',');
    option->group(optimizer->name + " (" + optimizer->source + ")");
    args.hyperparameter_options.push_back(option);
  }
}

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
  const auto with_near = [](const std::string& message, const std::string& given, const auto& known) {
    const auto near = nearest(given, known);
    return message + (near.empty() ? "" : ": did you mean " + near + "?");
  };
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr &&
      dynamic_cast<const CLI::RequiredError*>(&error) == nullptr)
    return error.what();

  std::vector<std::string> options, commands;
  for (const auto* option : named.command->get_options())
    for (const auto& name : option->get_lnames()) options.push_back("--" + name);
  for (const auto& argument : arguments) {
    const auto given = argument.substr(0, argument.find('='));
    if (!given.starts_with("--") || given == "--" || std::ranges::find(options, given) != options.end()) continue;
    return with_near("unknown option " + given, given, options);
  }
  for (const auto* command : named.command->get_subcommands([](const CLI::App*) { return true; }))
    commands.push_back(command->get_name());
  if (commands.empty()) return error.what();
  if (named.next < arguments.size())
    return with_near("unknown command '" + arguments[named.next] + "'", arguments[named.next], commands);
  std::string known;
  for (const auto& command : commands) known += (known.empty() ? "" : ", ") + command;
  return "a command is needed: " + known;
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

  const auto words = optimizer == nullptr ? arguments : with_flag_values(arguments, *optimizer);

  add_run(app, args, optimizer);
  CLI::App* list = app.add_subcommand("list", "List problems, optimizers, data sets");
  list->add_option("what", args.list_what, "problems, optimizers or datasets; all without it")
      ->check(CLI::IsMember({"problems", "optimizers", "datasets"}));
  CLI::App* info = app.add_subcommand("info", "Describe a test problem: layers, parameters, defaults");
  info->add_option("problem", args.info_problem, "test problem")->required();
  info->add_flag("--json", args.info_json, "as JSON")->disable_flag_override();
  CLI::App* data = app.add_subcommand("data", "Data sets on this machine");
  data->require_subcommand(1);
  CLI::App* data_list = data->add_subcommand("list", "What there is of each data set, and where");
  add_text(data_list, "--data_dir", args.run.config.data_dir, "where to look first");

  const Named named = named_command(app, words);
  refuse_doubled(named, words);
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::Success& done) {
    return app.exit(done, std::cout, std::cerr);
  } catch (const CLI::ParseError& error) {
    fail(Fault::usage, problem_text(named, error, words), "\nSee: ", named.name, " --help");
  }

  if (const char* home = std::getenv("HOME")) args.run.config.home = home;
  if (list->parsed()) {
    list_command(args.list_what, own, std::cout);
  } else if (info->parsed()) {
    info_command(args.info_problem, args.info_json, std::cout);
  } else if (data_list->parsed()) {
    data_list_command(args.run.config.data_dir, args.run.config.home, std::cout);
  } else {
    require(optimizer != nullptr && optimizer->name == args.optimizer_name, Fault::usage,
            "write the optimizer as --optimizer NAME; deepobs list optimizers");
    RunCommand& command = args.run;
    command.optimizer = *optimizer;
    for (std::size_t i = 0; i < args.hyperparameter_options.size(); ++i) {
      const auto& hyper = optimizer->hyperparameters[i];
      if (args.hyperparameter_options[i]->count() > 0)
        command.config.hyperparameters.push_back(
            parse_hyperparameter(*optimizer, hyper.name, joined(args.hyperparameters[i])));
    }
    command.config.layout = args.layout == "flat" ? Layout::flat : args.layout == "tf" ? Layout::tf : Layout::v1_2;
    command.config.data_order = args.data_order == "sequential" ? DataOrder::sequential : DataOrder::shuffled;
    const SignalWatch signals;
    command.config.stop = signals.token();
    run_command(command, std::cout);
  }
  std::cout.flush();
  require(std::cout.good(), Fault::io, "standard output could not be written");
  return 0;
}

}  // namespace

int command_line(int argc, const char* const* argv, const std::vector<Optimizer>& own_optimizers) {
  occupy_closed_streams();
  try {
    return run_arguments(with_underscores({argv + 1, argv + argc}), own_optimizers);
  } catch (const Error& error) {
    std::cerr << "deepobs: " << error.what() << std::endl;
    return exit_status(error.fault());
  } catch (const std::bad_alloc&) {
    std::cerr << "deepobs: the machine has no memory left" << std::endl;
    return exit_status(Fault::memory);
  } catch (const std::exception& error) {
    std::cerr << "deepobs: " << error.what() << std::endl;
    return exit_status(Fault::internal);
  }
}

}  // namespace deepobs
