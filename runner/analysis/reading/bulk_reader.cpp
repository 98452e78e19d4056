#include "runner/analysis/reading/bulk_reader.h"

#include <simdjson.h>

#include <array>
#include <cstring>
#include <limits>

#include "engine/base/check.h"
#include "runner/results/files/file.h"

namespace deepobs {
namespace {

namespace ondemand = simdjson::ondemand;

/// Something is not as expected. It never leaves this file.
struct Doubtful {};

void expect(bool condition) {
  if (!condition) throw Doubtful();
}

std::string_view token_of(ondemand::value value) {
  std::string_view token = value.raw_json_token();
  while (!token.empty() && std::strchr(" \t\r\n", token.back()) != nullptr) token.remove_suffix(1);
  return token;
}

/// A number, or one of the tokens that Python writes and JSON does not have: the parser does not judge a scalar before
/// it is asked for it.
double number(ondemand::value value) {
  double out = 0;
  if (value.get_double().get(out) == simdjson::SUCCESS) return out;
  const std::string_view token = token_of(value);
  if (token == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (token == "Infinity") return std::numeric_limits<double>::infinity();
  expect(token == "-Infinity");
  return -std::numeric_limits<double>::infinity();
}

std::vector<double> list(ondemand::value value, std::size_t usual) {
  std::vector<double> out;
  out.reserve(usual);
  for (ondemand::value each : value.get_array()) out.push_back(number(each));
  return out;
}

bool is_null(ondemand::value value) {
  ondemand::json_type type;
  return value.type().get(type) == simdjson::SUCCESS && type == ondemand::json_type::null && token_of(value) == "null";
}

std::int64_t count(ondemand::value value) { return value.get_int64(); }

std::string text(ondemand::value value) { return std::string(std::string_view(value.get_string())); }

ReadParameter parameter(std::string name, ondemand::value value) {
  ondemand::json_type type;
  if (value.type().get(type) != simdjson::SUCCESS) return {std::move(name), number(value)};
  switch (type) {
    case ondemand::json_type::null:
      expect(token_of(value) == "null");
      return {std::move(name), std::monostate()};
    case ondemand::json_type::boolean:
      return {std::move(name), bool(value.get_bool())};
    case ondemand::json_type::string:
      return {std::move(name), text(value)};
    case ondemand::json_type::array:
      return {std::move(name), list(value, 4)};
    case ondemand::json_type::number: {
      std::int64_t whole = 0;
      if (value.get_int64().get(whole) == simdjson::SUCCESS) return {std::move(name), whole};
      // read_result() knows what becomes of one beyond 64 bits.
      expect(token_of(value).find_first_not_of("-0123456789") != std::string_view::npos);
      return {std::move(name), number(value)};
    }
    default:
      throw Doubtful();
  }
}

std::vector<ReadParameter> parameters(ondemand::value value) {
  std::vector<ReadParameter> out;
  for (auto field : value.get_object()) {
    std::string name(std::string_view(field.unescaped_key()));
    for (const auto& other : out) expect(other.name != name);
    out.push_back(parameter(std::move(name), field.value()));
  }
  return out;
}

/// What the members say one by one; what follows from several is made of it at the end.
struct Members {
  ReadResult result;
  std::string name_1_1, name_1_2, status, tensor;
  std::vector<ReadParameter> flat, nested, schedule_epochs, schedule_factors;
  ReadParameter learning_rate;
  std::int64_t epoch = 0, step = 0, steps = 0;
};

/// When a member must be there. One that may be absent may be null, which is the same.
enum class Needed { always, by_v1_1, by_v1_2, when_diverged, never };

struct Key {
  std::string_view name;
  Needed needed;
  void (*take)(Members&, ondemand::value);
};

constexpr std::size_t usual_epochs = 101;

#define DEEPOBS_TAKE(what) [](Members& m, ondemand::value v) { what; }
constexpr std::array keys{
    Key{"train_losses", Needed::always, DEEPOBS_TAKE(m.result.train_losses = list(v, usual_epochs))},
    Key{"valid_losses", Needed::never, DEEPOBS_TAKE(m.result.valid_losses = list(v, usual_epochs))},
    Key{"test_losses", Needed::always, DEEPOBS_TAKE(m.result.test_losses = list(v, usual_epochs))},
    Key{"train_accuracies", Needed::never, DEEPOBS_TAKE(m.result.train_accuracies = list(v, usual_epochs))},
    Key{"valid_accuracies", Needed::never, DEEPOBS_TAKE(m.result.valid_accuracies = list(v, usual_epochs))},
    Key{"test_accuracies", Needed::never, DEEPOBS_TAKE(m.result.test_accuracies = list(v, usual_epochs))},
    Key{"testproblem", Needed::always, DEEPOBS_TAKE(m.result.problem = text(v))},
    Key{"batch_size", Needed::always, DEEPOBS_TAKE(m.result.batch = count(v))},
    Key{"num_epochs", Needed::always, DEEPOBS_TAKE(m.result.epochs = count(v))},
    Key{"random_seed", Needed::always, DEEPOBS_TAKE(m.result.seed = count(v))},
    Key{"weight_decay", Needed::never, DEEPOBS_TAKE(m.result.weight_decay = number(v))},
    Key{"optimizer", Needed::by_v1_1, DEEPOBS_TAKE(m.name_1_1 = text(v))},
    Key{"hyperparams", Needed::by_v1_1, DEEPOBS_TAKE(m.flat = parameters(v))},
    Key{"learning_rate", Needed::by_v1_1, DEEPOBS_TAKE(m.learning_rate = parameter("lr", v))},
    Key{"lr_sched_epochs", Needed::never, DEEPOBS_TAKE(m.schedule_epochs.push_back(parameter("lr_sched_epochs", v)))},
    Key{"lr_sched_factors", Needed::never,
        DEEPOBS_TAKE(m.schedule_factors.push_back(parameter("lr_sched_factors", v)))},
    Key{"optimizer_name", Needed::never, DEEPOBS_TAKE(m.name_1_2 = text(v))},
    Key{"optimizer_hyperparams", Needed::by_v1_2, DEEPOBS_TAKE(m.nested = parameters(v))},
    Key{"training_params", Needed::never, DEEPOBS_TAKE(m.result.training_parameters = parameters(v))},
    Key{"status", Needed::never, DEEPOBS_TAKE(m.status = text(v))},
    Key{"diverged_in_epoch", Needed::when_diverged, DEEPOBS_TAKE(m.epoch = count(v))},
    Key{"diverged_at_step", Needed::when_diverged, DEEPOBS_TAKE(m.step = count(v))},
    Key{"steps_per_epoch", Needed::when_diverged, DEEPOBS_TAKE(m.steps = count(v))},
    Key{"first_bad_tensor", Needed::when_diverged, DEEPOBS_TAKE(m.tensor = text(v))},
    Key{"device", Needed::never, DEEPOBS_TAKE(m.result.conditions.device = text(v))},
    Key{"device_name", Needed::never, DEEPOBS_TAKE(m.result.conditions.device_name = text(v))},
    Key{"precision", Needed::never, DEEPOBS_TAKE(m.result.conditions.precision = text(v))},
    Key{"simd", Needed::never, DEEPOBS_TAKE(m.result.conditions.simd = text(v))},
    Key{"deepobs_version", Needed::never, DEEPOBS_TAKE(m.result.conditions.version = text(v))},
    Key{"threads", Needed::never, DEEPOBS_TAKE(m.result.conditions.threads = count(v))},
    Key{"total_seconds", Needed::never, DEEPOBS_TAKE(m.result.conditions.total_seconds = number(v))},
    Key{"effective_weight_decay", Needed::never, DEEPOBS_TAKE(m.result.conditions.effective_weight_decay = number(v))},
    Key{"train_seconds", Needed::never, DEEPOBS_TAKE(m.result.conditions.train_seconds = list(v, usual_epochs))},
};
#undef DEEPOBS_TAKE

/// The members of one file, each seen at most once.
class MemberReader {
 public:
  void take(std::string_view name, ondemand::value value) {
    for (std::size_t k = 0; k < keys.size(); ++k) {
      const Key& key = keys[k];
      if (key.name != name) continue;
      expect(!met_[k]);
      met_[k] = true;
      if (key.needed != Needed::always && key.name != "learning_rate" && is_null(value)) return;
      key.take(members_, value);
      present_[k] = true;
      return;
    }
  }

  ReadResult result() {
    Members& m = members_;
    ReadResult& r = m.result;
    r.is_v1_2 = is_present("optimizer_name");
    const Needed schema = r.is_v1_2 ? Needed::by_v1_2 : Needed::by_v1_1;
    const bool diverged = m.status == "diverged";
    for (std::size_t k = 0; k < keys.size(); ++k) {
      const Needed needed = keys[k].needed;
      const bool must = needed == Needed::always || needed == schema || (diverged && needed == Needed::when_diverged);
      expect(present_[k] || !must);
    }
    r.optimizer = std::move(r.is_v1_2 ? m.name_1_2 : m.name_1_1);
    r.hyperparameters = std::move(r.is_v1_2 ? m.nested : m.flat);
    if (!r.is_v1_2) {
      r.hyperparameters.push_back(std::move(m.learning_rate));
      r.training_parameters = std::move(m.schedule_epochs);
      for (auto& factors : m.schedule_factors) r.training_parameters.push_back(std::move(factors));
    }
    if (diverged) r.divergence = {m.epoch, m.step - m.epoch * m.steps, m.step, std::move(m.tensor)};
    return std::move(r);
  }

 private:
  bool is_present(std::string_view name) const {
    for (std::size_t k = 0; k < keys.size(); ++k)
      if (keys[k].name == name) return present_[k];
    return false;
  }

  Members members_;
  std::array<bool, keys.size()> met_{}, present_{};
};

}  // namespace

/// The parser and the file's bytes, with the room behind them that it reads into. Both are kept from file to file.
struct BulkReader::Parser {
  ondemand::parser parser;
  std::unique_ptr<char[]> buffer;
  std::size_t capacity = 0;

  void reserve(std::size_t bytes) {
    if (bytes + simdjson::SIMDJSON_PADDING <= capacity) return;
    capacity = bytes + bytes / 2 + simdjson::SIMDJSON_PADDING;
    buffer = std::make_unique<char[]>(capacity);
  }
};

BulkReader::BulkReader() : parser_(std::make_unique<Parser>()) {}
BulkReader::~BulkReader() = default;

ReadResult BulkReader::read(const std::filesystem::path& path) {
  const InputFile input = open_input(path);
  if (input.bytes > most_result_bytes) return read_result(path);  // which says so
  const auto bytes = static_cast<std::size_t>(input.bytes);
  parser_->reserve(bytes);
  read_at(input, path, 0, std::as_writable_bytes(std::span(parser_->buffer.get(), bytes)));
  if (auto result = parse_buffer(bytes)) return *std::move(result);
  ++doubtful_;
  return parse_result({parser_->buffer.get(), bytes}, path.string());
}

std::optional<ReadResult> BulkReader::parse(std::string_view json) {
  parser_->reserve(json.size());
  std::memcpy(parser_->buffer.get(), json.data(), json.size());
  return parse_buffer(json.size());
}

std::optional<ReadResult> BulkReader::parse_buffer(std::size_t bytes) {
  std::memset(parser_->buffer.get() + bytes, 0, simdjson::SIMDJSON_PADDING);
  try {
    ondemand::document document =
        parser_->parser.iterate(simdjson::padded_string_view(parser_->buffer.get(), bytes, parser_->capacity));
    MemberReader members;
    for (auto field : document.get_object()) members.take(field.unescaped_key(), field.value());
    expect(document.current_location().error() == simdjson::OUT_OF_BOUNDS);  // nothing stands behind it
    return members.result();
  } catch (const simdjson::simdjson_error&) {
    return std::nullopt;
  } catch (const Doubtful&) {
    return std::nullopt;
  }
}

}  // namespace deepobs
