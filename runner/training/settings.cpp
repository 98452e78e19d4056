#include "runner/training/settings.h"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/printable.h"
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

/// How a member's type is told and read.
template <class Member>
struct As {  // an enumeration
  static SettingValue told(Member value) {
    const auto choices = choices_of(value);
    return std::string(std::ranges::find(choices, value, &std::pair<std::string_view, Member>::second)->first);
  }
  static Member read(std::string_view name, const SettingValue& value) {
    const auto* given = std::get_if<std::string>(&value);
    std::string known;
    for (const auto& [choice, member] : choices_of(Member{})) {
      if (given && *given == choice) return member;
      known += (known.empty() ? "" : ", ") + std::string(choice);
    }
    fail(Fault::usage, name, " must be one of ", known, ", not ", printable(to_string(value)));
  }
};

/// A type that a value has as it is.
template <class Member>
struct AsItself {
  static SettingValue told(const Member& value) { return value; }
  static Member read(std::string_view name, const SettingValue& value, const char* wanted) {
    const auto* given = std::get_if<Member>(&value);
    require(given != nullptr, Fault::usage, name, " must be ", wanted, ", not ", printable(to_string(value)));
    return *given;
  }
};
template <>
struct As<bool> : AsItself<bool> {
  static bool read(std::string_view name, const SettingValue& value) {
    return AsItself::read(name, value, "true or false");
  }
};
template <>
struct As<std::int64_t> : AsItself<std::int64_t> {
  static std::int64_t read(std::string_view name, const SettingValue& value) {
    return AsItself::read(name, value, "a whole number");
  }
};
template <>
struct As<std::string> : AsItself<std::string> {
  static std::string read(std::string_view name, const SettingValue& value) {
    return AsItself::read(name, value, "a text");
  }
};
template <>
struct As<std::vector<double>> : AsItself<std::vector<double>> {
  static std::vector<double> read(std::string_view name, const SettingValue& value) {
    return AsItself::read(name, value, "a list of numbers");
  }
};
template <>
struct As<double> : AsItself<double> {
  static double read(std::string_view name, const SettingValue& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    return AsItself::read(name, value, "a number");
  }
};
template <>
struct As<int> {
  static SettingValue told(int value) { return std::int64_t{value}; }
  static int read(std::string_view name, const SettingValue& value) {
    const auto whole = As<std::int64_t>::read(name, value);
    require(std::in_range<int>(whole), Fault::usage, name, " is out of range: ", whole);
    return static_cast<int>(whole);
  }
};
template <>
struct As<std::filesystem::path> {
  static SettingValue told(const std::filesystem::path& value) { return value.string(); }
  static std::filesystem::path read(std::string_view name, const SettingValue& value) {
    return As<std::string>::read(name, value);
  }
};

/// A setting that always has a value.
template <class Member>
Setting entry(std::string_view name, Reach reach, Member RunConfig::*member) {
  return {
      name, reach, [member](const RunConfig& config) { return As<Member>::told(config.*member); },
      [name, member](RunConfig& config, const SettingValue& value) { config.*member = As<Member>::read(name, value); }};
}

/// A setting whose default is somebody else's: the problem's, or none.
template <class Member>
Setting entry(std::string_view name, Reach reach, std::optional<Member> RunConfig::*member) {
  return {
      name, reach,
      [member](const RunConfig& config) {
        return config.*member ? As<Member>::told(*(config.*member)) : SettingValue();
      },
      [name, member](RunConfig& config, const SettingValue& value) { config.*member = As<Member>::read(name, value); }};
}

const std::vector<Setting> all{
    entry("testproblem", Reach::computation, &RunConfig::testproblem),
    entry("optimizer", Reach::computation, &RunConfig::optimizer),
    entry("batch_size", Reach::computation, &RunConfig::batch_size),
    entry("num_epochs", Reach::result, &RunConfig::num_epochs),
    entry("learning_rate", Reach::result, &RunConfig::learning_rate),
    entry("weight_decay", Reach::computation, &RunConfig::weight_decay),
    entry("lr_sched_epochs", Reach::result, &RunConfig::lr_sched_epochs),
    entry("lr_sched_factors", Reach::result, &RunConfig::lr_sched_factors),
    entry("random_seed", Reach::result, &RunConfig::random_seed),
    entry("data_dir", Reach::nothing, &RunConfig::data_dir),
    entry("home", Reach::nothing, &RunConfig::home),
    entry("output_dir", Reach::nothing, &RunConfig::output_dir),
    entry("layout", Reach::result, &RunConfig::layout),
    entry("no_logs", Reach::nothing, &RunConfig::no_logs),
    entry("train_log_interval", Reach::result, &RunConfig::train_log_interval),
    entry("print_train_iter", Reach::nothing, &RunConfig::print_train_iter),
    entry("device", Reach::computation, &RunConfig::device),
    entry("precision", Reach::computation, &RunConfig::precision),
    entry("cuda_library", Reach::nothing, &RunConfig::cuda_library),
    entry("cuda_overlap", Reach::nothing, &RunConfig::cuda_overlap),
    entry("threads", Reach::nothing, &RunConfig::threads),
    entry("conv_algorithm", Reach::computation, &RunConfig::conv_algorithm),
    entry("init_from", Reach::nothing, &RunConfig::init_from),  // what is in the file counts, not where it lies
    entry("save_params", Reach::nothing, &RunConfig::save_params),
    entry("data_order", Reach::computation, &RunConfig::data_order),
    entry("max_steps_per_epoch", Reach::computation, &RunConfig::max_steps_per_epoch),
    entry("eval_batches", Reach::computation, &RunConfig::eval_batches),
    entry("validation", Reach::computation, &RunConfig::validation),
    entry("resume", Reach::nothing, &RunConfig::resume),
    entry("checkpoint_dir", Reach::nothing, &RunConfig::checkpoint_dir),
    entry("checkpoint_seconds", Reach::nothing, &RunConfig::checkpoint_seconds),
};

constexpr std::array<std::string_view, 13> other_names{"problem", "o", "lr",    "bs",      "N",    "wd",  "r",
                                                       "jobs",    "h", "quiet", "dry_run", "json", "help"};

}  // namespace

std::span<const Setting> settings() { return all; }
const Setting& setting(std::string_view name) {
  const auto at = std::ranges::find(all, name, &Setting::name);
  require(at != all.end(), Fault::internal, "there is no setting ", name);
  return *at;
}
std::span<const std::string_view> other_option_names() { return other_names; }

std::string to_string(const SettingValue& value) {
  return std::visit(
      [](const auto& v) -> std::string {
        using Held = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<Held, std::monostate>)
          return "none";
        else if constexpr (std::is_same_v<Held, std::string>)
          return v;
        else if constexpr (std::is_same_v<Held, bool>)
          return v ? "true" : "false";
        else if constexpr (std::is_same_v<Held, std::int64_t>)
          return std::to_string(v);
        else if constexpr (std::is_same_v<Held, double>)
          return python_repr(v);
        else
          return python_list(v);
      },
      value);
}

bool same_computation(const RunConfig& a, const RunConfig& b) {
  return a.hyperparameters == b.hyperparameters && std::ranges::all_of(all, [&](const Setting& setting) {
           return setting.reach != Reach::computation || setting.get(a) == setting.get(b);
         });
}

std::map<std::string, std::string> what_makes_the_result(const Run& run) {
  std::map<std::string, std::string> out;
  for (const auto& setting : all)
    if (setting.reach != Reach::nothing) out[std::string(setting.name)] = to_string(setting.get(run.config));
  // What a configuration leaves to its default is resolved.
  out["batch_size"] = std::to_string(run.batch_size);
  out["num_epochs"] = std::to_string(run.num_epochs);
  out["weight_decay"] = python_repr(run.weight_decay);
  out["optimizer"] = run.optimizer.name;
  out["optimizer_version"] = run.optimizer.version;
  for (const auto& [name, value] : run.hyperparameters.values())
    out["hyperparameters." + name] = std::visit([](const auto& v) { return to_string(SettingValue(v)); }, value);
  out["init_from"] = run.init_from_crc;
  out["train_examples"] = run.train_examples ? std::to_string(*run.train_examples) : "official";
  out["test_examples"] = run.test_examples ? std::to_string(*run.test_examples) : "official";
  return out;
}

}  // namespace deepobs
