#include "runner/command_line.h"

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

/// "--batch-size=4" -> "--batch_size=4": names may be written with hyphens.
std::vector<std::string> with_underscores(int argc, const char* const* argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  for (auto& argument : arguments) {
    if (!argument.starts_with("--") || argument.size() < 3) continue;
    const auto end = std::min(argument.find('='), argument.size());
    std::replace(argument.begin() + 2, argument.begin() + static_cast<std::ptrdiff_t>(end), '-', '_');
  }
  return arguments;
}

/// The value of --optimizer, needed before the options are known: they depend on it.
std::string named_optimizer(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].starts_with("--optimizer=")) return arguments[i].substr(12);
    if ((arguments[i] == "--optimizer" || arguments[i] == "-o") && i + 1 < arguments.size()) return arguments[i + 1];
  }
  return "";
}

/// "0.9,0.999" of the two arguments of --betas; a flag that stands alone is true.
std::string joined(const std::vector<std::string>& given) {
  std::string all;
  for (const auto& one : given) all += (all.empty() ? "" : ",") + one;
  return given.empty() ? "true" : all;
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

void add_run(CLI::App& app, Arguments& args, const Optimizer* optimizer) {
  RunConfig& config = args.run.config;
  CLI::App* run = app.add_subcommand("run", "Train a test problem and write its result");
  run->add_option("problem", config.testproblem, "test problem; deepobs list problems")->required();
  run->add_option("-o,--optimizer", args.optimizer_name, "optimizer; deepobs list optimizers")->required();

  const auto training = "Training";
  run->add_option("--lr,--learning_rate", config.learning_rate, "learning rate (needed)")->group(training);
  run->add_option("--bs,--batch_size", config.batch_size, "examples per step (default: the problem's)")
      ->group(training);
  run->add_option("-N,--num_epochs", config.num_epochs, "epochs (default: the problem's)")->group(training);
  run->add_option("--wd,--weight_decay", config.weight_decay,
                  "factor of the problem's L2 regulariser (default: the problem's)")
      ->group(training);
  run->add_option("--lr_sched_epochs", config.lr_sched_epochs, "epochs after which the rate changes, e.g. 50 100")
      ->group(training);
  run->add_option("--lr_sched_factors", config.lr_sched_factors, "to which multiples of the base rate, e.g. 0.1 0.01")
      ->group(training);
  run->add_option("-r,--random_seed", config.random_seed, "seed (42)")->group(training);
  run->add_option("--init_from", config.init_from, "initial parameters, a .safetensors file")->group(training);
  run->add_option("--data_order", args.data_order, "shuffled, or sequential: file order, no augmentation")
      ->check(CLI::IsMember({"shuffled", "sequential"}))
      ->group(training);
  run->add_option("--max_steps_per_epoch", config.max_steps_per_epoch, "for short trials")->group(training);
  run->add_option("--eval_batches", config.eval_batches, "for short trials")->group(training);

  const auto output = "Data and output";
  run->add_option("--data_dir", config.data_dir, "where to look for data first")->group(output);
  run->add_option("--output_dir", config.output_dir, "folder of the results (results)")->group(output);
  run->add_option("--layout", args.layout, "names and JSON of: flat (PyTorch port), tf (DeepOBS 1.1), 1.2")
      ->check(CLI::IsMember({"flat", "tf", "1.2"}))
      ->group(output);
  run->add_option("--save_params", config.save_params, "write the final parameters, a .safetensors file")
      ->group(output);
  run->add_option("--train_log_interval", config.train_log_interval, "log the loss of every so many steps (10)")
      ->group(output);
  run->add_flag("--print_train_iter", config.print_train_iter, "print the logged losses")->group(output);
  run->add_flag("--no_logs", config.no_logs, "write no result")->group(output);
  run->add_flag("--quiet", args.run.quiet, "print warnings and errors only")->group(output);
  run->add_flag("--dry_run", args.run.dry_run, "print the configuration and the path of the JSON; train nothing")
      ->group(output);
  run->add_flag("--json", args.run.json, "with --dry_run: as JSON")->group(output);

  const auto machine = "Machine";
  run->add_option("--device", config.device, "cpu")->group(machine);
  run->add_option("--threads", config.threads, "threads (0: every core)")->group(machine);

  if (optimizer == nullptr) {
    run->footer("Each optimizer has options of its own: deepobs run --optimizer NAME --help");
    return;
  }
  args.hyperparameters.resize(optimizer->hyperparameters.size());
  for (std::size_t i = 0; i < optimizer->hyperparameters.size(); ++i) {
    const auto& hyper = optimizer->hyperparameters[i];
    auto* option = run->add_option("--" + hyper.name, args.hyperparameters[i],
                                   hyper.help + " (" + standard_text(hyper.standard) + ")");
    if (std::holds_alternative<bool>(hyper.standard))
      option->expected(0, 1);
    else if (const auto* many = std::get_if<std::vector<double>>(&hyper.standard))
      option->expected(static_cast<int>(many->size()))->delimiter(',');
    else
      option->expected(1);
    option->group(optimizer->name + " (" + optimizer->source + ")");
    args.hyperparameter_options.push_back(option);
  }
}

/// What was given twice or wrongly, in the words of the parser, with the nearest name for an unknown option.
std::string explained(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& arguments) {
  const CLI::App* command = &app;
  std::string name = "deepobs";
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    name += " " + command->get_name();
  }
  std::string message = error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr ||
      dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    std::vector<std::string> known;
    for (const auto* option : command->get_options())
      for (const auto& long_name : option->get_lnames()) known.push_back("--" + long_name);
    for (const auto& argument : arguments) {
      const auto given = argument.substr(0, argument.find('='));
      if (!given.starts_with("--") || given == "--" || std::ranges::find(known, given) != known.end()) continue;
      message = "unknown option " + given;
      if (const auto near = nearest(given, known); !near.empty()) message += ": did you mean " + near + "?";
      break;
    }
  }
  return name + ": " + message + "\nSee: " + name + " --help";
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

  add_run(app, args, optimizer);
  CLI::App* list = app.add_subcommand("list", "List problems, optimizers, data sets");
  list->add_option("what", args.list_what, "problems, optimizers or datasets; all without it")
      ->check(CLI::IsMember({"problems", "optimizers", "datasets"}));
  CLI::App* info = app.add_subcommand("info", "Describe a test problem: layers, parameters, defaults");
  info->add_option("problem", args.info_problem, "test problem")->required();
  info->add_flag("--json", args.info_json, "as JSON");
  CLI::App* data = app.add_subcommand("data", "Data sets on this machine");
  data->require_subcommand(1);
  CLI::App* data_list = data->add_subcommand("list", "What there is of each data set, and where");
  data_list->add_option("--data_dir", args.run.config.data_dir, "where to look first");

  try {
    auto reversed = arguments;
    std::ranges::reverse(reversed);
    app.parse(reversed);
  } catch (const CLI::Success& done) {
    return app.exit(done, std::cout, std::cerr);
  } catch (const CLI::ParseError& error) {
    fail(Fault::usage, explained(app, error, arguments));
  }

  if (const char* home = std::getenv("HOME")) args.run.config.home = home;
  if (list->parsed()) {
    list_command(args.list_what, own, std::cout);
  } else if (info->parsed()) {
    info_command(args.info_problem, args.info_json, std::cout);
  } else if (data_list->parsed()) {
    data_list_command(args.run.config.data_dir, args.run.config.home, std::cout);
  } else {
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
  try {
    return run_arguments(with_underscores(argc, argv), own_optimizers);
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
