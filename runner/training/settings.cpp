#include "runner/training/settings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/printable.h"
#include "engine/memory/worker_scratch.h"
#include "runner/results/counted.h"
#include "runner/results/json_writer.h"
#include "runner/results/python_text.h"

namespace deepobs {
namespace {

/// The choices of a setting that is one of a few, as options and files have them.
template <class Choice>
using Choices = std::span<const std::pair<std::string_view, Choice>>;

constexpr std::array layouts{std::pair{std::string_view("flat"), Layout::flat},
                             std::pair{std::string_view("tf"), Layout::tf},
                             std::pair{std::string_view("1.2"), Layout::v1_2}};
constexpr std::array data_orders{std::pair{std::string_view("shuffled"), DataOrder::shuffled},
                                 std::pair{std::string_view("sequential"), DataOrder::sequential}};
constexpr std::array conv_algorithms{std::pair{name_of(ConvAlgorithm::automatic), ConvAlgorithm::automatic},
                                     std::pair{name_of(ConvAlgorithm::direct), ConvAlgorithm::direct},
                                     std::pair{name_of(ConvAlgorithm::winograd), ConvAlgorithm::winograd}};

Choices<Layout> choices_of(Layout /*any*/) { return layouts; }
Choices<DataOrder> choices_of(DataOrder /*any*/) { return data_orders; }
Choices<ConvAlgorithm> choices_of(ConvAlgorithm /*any*/) { return conv_algorithms; }

/// Whether options and files offer a choice.
template <class Choice>
bool is_offered(Choice /*any*/) {
  return true;
}
bool is_offered(ConvAlgorithm algorithm) { return algorithm != ConvAlgorithm::winograd; }  // it is for tests

/// How a member's type is told and read.
template <class Member>
struct As {  // an enumeration
  static constexpr SettingKind kind = SettingKind::text;
  static std::vector<std::string_view> choices() {
    std::vector<std::string_view> names;
    for (const auto& [name, choice] : choices_of(Member{}))
      if (is_offered(choice)) names.push_back(name);
    return names;
  }
  static SettingValue told(Member value) {
    const auto choices = choices_of(value);
    return std::string(std::ranges::find(choices, value, &std::pair<std::string_view, Member>::second)->first);
  }
  static Member read(std::string_view name, const SettingValue& value) {
    if (const auto* given = std::get_if<std::string>(&value))
      for (const auto& [choice, member] : choices_of(Member{}))
        if (*given == choice && is_offered(member)) return member;
    std::string known;
    const auto names = choices();
    for (std::size_t i = 0; i < names.size(); ++i)
      known += text(i == 0 ? "" : i + 1 < names.size() ? ", " : " or ", names[i]);
    fail(Fault::usage, name, " must be ", known, ", not '", printable(to_string(value)), "'");
  }
};

/// A type that a value has as it is.
template <class Member>
struct AsItself {
  static std::vector<std::string_view> choices() { return {}; }
  static SettingValue told(const Member& value) { return value; }
  static Member read(std::string_view name, const SettingValue& value, const char* wanted) {
    const auto* given = std::get_if<Member>(&value);
    require(given != nullptr, Fault::usage, name, " must be ", wanted, ", not ", printable(to_string(value)));
    return *given;
  }
};
template <>
struct As<bool> : AsItself<bool> {
  static constexpr SettingKind kind = SettingKind::flag;
  static bool read(std::string_view name, const SettingValue& value) {
    return AsItself::read(name, value, "true or false");
  }
};
template <>
struct As<std::int64_t> : AsItself<std::int64_t> {
  static constexpr SettingKind kind = SettingKind::whole;
  static std::int64_t read(std::string_view name, const SettingValue& value) {
    return AsItself::read(name, value, "a whole number");
  }
};
template <>
struct As<std::string> : AsItself<std::string> {
  static constexpr SettingKind kind = SettingKind::text;
  static std::string read(std::string_view name, const SettingValue& value) {
    return AsItself::read(name, value, "a text");
  }
};
template <>
struct As<std::vector<double>> : AsItself<std::vector<double>> {
  static constexpr SettingKind kind = SettingKind::numbers;
  static std::vector<double> read(std::string_view name, const SettingValue& value) {
    return AsItself::read(name, value, "a list of numbers");
  }
};
template <>
struct As<double> : AsItself<double> {
  static constexpr SettingKind kind = SettingKind::number;
  static double read(std::string_view name, const SettingValue& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    return AsItself::read(name, value, "a number");
  }
};
template <>
struct As<int> {
  static constexpr SettingKind kind = SettingKind::whole;
  static std::vector<std::string_view> choices() { return {}; }
  static SettingValue told(int value) { return std::int64_t{value}; }
  static int read(std::string_view name, const SettingValue& value) {
    const auto whole = As<std::int64_t>::read(name, value);
    require(std::in_range<int>(whole), Fault::usage, name, ": '", whole,
            "' is too large or too small to be represented");
    return static_cast<int>(whole);
  }
};
template <>
struct As<std::filesystem::path> {
  static constexpr SettingKind kind = SettingKind::text;
  static std::vector<std::string_view> choices() { return {}; }
  static SettingValue told(const std::filesystem::path& value) { return value.string(); }
  static std::filesystem::path read(std::string_view name, const SettingValue& value) {
    return As<std::string>::read(name, value);
  }
};

/// A setting that always has a value.
template <class Member>
Setting entry(Member RunConfig::*member, Setting setting) {
  setting.kind = As<Member>::kind;
  setting.choices = As<Member>::choices();
  setting.get = [member](const RunConfig& config) { return As<Member>::told(config.*member); };
  setting.set = [member, name = setting.name](RunConfig& config, const SettingValue& value) {
    config.*member = As<Member>::read(name, value);
  };
  return setting;
}

/// A setting whose default is somebody else's: the problem's, or none.
template <class Member>
Setting entry(std::optional<Member> RunConfig::*member, Setting setting) {
  setting.kind = As<Member>::kind;
  setting.choices = As<Member>::choices();
  setting.get = [member](const RunConfig& config) {
    return config.*member ? As<Member>::told(*(config.*member)) : SettingValue();
  };
  setting.set = [member, name = setting.name](RunConfig& config, const SettingValue& value) {
    config.*member = As<Member>::read(name, value);
  };
  return setting;
}

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
                      .help = "threads of a run on a CPU (0: every core, or its share of them); changes no result",
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

/// What else tells runs apart in the names of folders.
std::vector<std::pair<std::string, std::string>> marks_beside_settings(const Run& run) {
  const auto count = [](const std::optional<std::int64_t>& examples) {
    return examples ? std::to_string(*examples) : "";
  };
  const auto version = [](const std::string& name) { return name.empty() ? "" : encode_name(name); };
  return {{"data_version", version(run.data_set ? run.data_set->version : "")},
          {"optimizer_version", version(run.optimizer.version)},
          {"problem_version", version(run.problem->version)},
          {"test_examples", count(run.test_examples)},
          {"train_examples", count(run.train_examples)}};
}

/// A number of a list, without a point where it is a whole one.
void write_number(JsonWriter& json, double number) {
  // Beyond 2^63 none fits.
  if (std::abs(number) < 0x1p63 && std::trunc(number) == number)
    json.value(static_cast<std::int64_t>(number));
  else
    json.value(number);
}

std::string mark_of(const Setting& setting, const Run& run) {
  if (setting.mark) return setting.mark(run);
  static const RunConfig untouched;
  const SettingValue value = setting.get(run.config);
  return setting.marks_folder && value != setting.get(untouched) ? to_string(value) : "";
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
    require(std::isfinite(*number) && *number >= static_cast<double>(least) &&
                (most == SettingRange::unbounded || *number <= static_cast<double>(most)),
            Fault::usage, setting.name, " must be a finite number of at least ", least, ", not ", *number, hint);
}

SettingValue value_in(const Run& run, const Setting& setting) {
  return setting.resolved ? setting.resolved(run) : setting.get(run.config);
}

bool says_something(const SettingValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  const auto* flag = std::get_if<bool>(&value);
  return !std::holds_alternative<std::monostate>(value) && !(text && text->empty()) && !(flag && !*flag);
}

std::string to_string(const SettingValue& value) {
  return std::visit(
      [](const auto& v) -> std::string {
        using Held = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<Held, std::monostate>) {
          return "none";
        } else if constexpr (std::is_same_v<Held, std::string>) {
          return v;
        } else if constexpr (std::is_same_v<Held, bool>) {
          return v ? "true" : "false";
        } else if constexpr (std::is_same_v<Held, std::int64_t>) {
          return std::to_string(v);
        } else if constexpr (std::is_same_v<Held, double>) {
          return python_repr(v);
        } else {
          std::string list;
          for (const double one : v) list += (list.empty() ? "" : ",") + python_int(one);
          return list;
        }
      },
      value);
}

std::string to_string(const HyperValue& value) {
  return std::visit([](const auto& v) { return to_string(SettingValue(v)); }, value);
}

void write_value(JsonWriter& json, const SettingValue& value) {
  std::visit(
      [&](const auto& v) {
        using Held = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<Held, std::monostate>) {
          json.null();
        } else if constexpr (std::is_same_v<Held, std::string>) {
          if (v.empty())
            json.null();
          else
            json.value(utf8_text(v));
        } else if constexpr (std::is_same_v<Held, std::vector<double>>) {
          json.begin_array();
          for (const double one : v) write_number(json, one);
          json.end_array();
        } else {
          json.value(v);
        }
      },
      value);
}

void write_value(JsonWriter& json, const HyperValue& value) {
  std::visit([&](const auto& v) { json.value(v); }, value);
}

void set_hyperparameter(RunConfig& config, const NamedValue& value) {
  const auto at = std::ranges::find(config.hyperparameters, value.name, &NamedValue::name);
  if (at == config.hyperparameters.end())
    config.hyperparameters.push_back(value);
  else
    at->value = value.value;
}

std::vector<std::pair<std::string, std::string>> folder_marks(const Run& run) {
  auto marks = marks_beside_settings(run);
  for (const auto& setting : all) marks.emplace_back(setting.name, mark_of(setting, run));
  std::erase_if(marks, [](const auto& mark) { return mark.second.empty(); });
  std::ranges::sort(marks);
  return marks;
}

bool is_folder_name(std::string_view name) {
  constexpr std::array<std::string_view, 6> names{"data_version",    "lr_schedule",   "optimizer_version",
                                                  "problem_version", "test_examples", "train_examples"};
  return std::ranges::find(names, name) != names.end();
}

bool same_computation(const RunConfig& a, const RunConfig& b) {
  return a.hyperparameters == b.hyperparameters && std::ranges::all_of(all, [&](const Setting& setting) {
           return setting.reach != Reach::computation || setting.get(a) == setting.get(b);
         });
}

std::map<std::string, std::string> what_makes_the_result(const Run& run) {
  std::map<std::string, std::string> out;
  for (const auto& setting : all)
    if (setting.reach != Reach::nothing) out[std::string(setting.name)] = to_string(value_in(run, setting));
  out["optimizer_version"] = run.optimizer.version;
  for (const auto& [name, value] : run.hyperparameters.values()) out["hyperparameters." + name] = to_string(value);
  out["init_from"] = run.init_from_crc;
  out["train_examples"] = run.train_examples ? std::to_string(*run.train_examples) : "official";
  out["test_examples"] = run.test_examples ? std::to_string(*run.test_examples) : "official";
  if (!run.problem->version.empty()) out["problem_version"] = run.problem->version;
  if (run.data_set && !run.data_set->version.empty()) out["data_version"] = run.data_set->version;
  return out;
}

}  // namespace deepobs
