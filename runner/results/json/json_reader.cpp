#include "runner/results/json/json_reader.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/printable.h"
#include "runner/results/files/file.h"
#include "runner/results/json/json_trouble.h"

namespace deepobs {

namespace {

using Json = nlohmann::ordered_json;

// nlohmann takes no bare NaN. Each such token is replaced by a string of the same length, so that the places in error
// messages stay true. The strings start with DEL, which Python never writes raw.
struct Token {
  std::string_view bare, string;
  double value;
};
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::array<Token, 3> tokens{{{"NaN", "\"\x7f\"", std::numeric_limits<double>::quiet_NaN()},
                                       {"Infinity",
                                        "\"\x7f"
                                        "Infin\"",
                                        infinity},
                                       {"-Infinity",
                                        "\"\x7f"
                                        "-Infin\"",
                                        -infinity}}};
static_assert(tokens[0].bare.size() == tokens[0].string.size() && tokens[1].bare.size() == tokens[1].string.size() &&
              tokens[2].bare.size() == tokens[2].string.size());

std::string with_quoted_tokens(std::string_view json) {
  std::string out(json);
  bool in_string = false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == '"') in_string = !in_string;
    if (in_string) {
      if (out[i] == '\\') ++i;  // so that \" does not end the string
      continue;
    }
    for (const Token& token : tokens)
      if (out.compare(i, token.bare.size(), token.bare) == 0) {
        out.replace(i, token.bare.size(), token.string);
        i += token.bare.size() - 1;
        break;
      }
  }
  return out;
}

// Of two members with one name nlohmann keeps the first and Python the last: which one was meant, nobody knows.
Json parsed(std::string_view json, std::string_view source) {
  std::set<std::string> names, inner;  // of the result, and of the object inside that is being read
  std::string outer;                   // the name of that object
  const auto look = [&](int depth, Json::parse_event_t event, Json& value) {
    if (event != Json::parse_event_t::key || depth > 2) return true;
    const auto& name = value.get_ref<const std::string&>();
    if (depth == 1) outer = name, inner.clear();
    require((depth == 1 ? names : inner).insert(name).second, Fault::data, "'", source, "': the key \"",
            printable(name), "\" comes twice", depth == 1 ? "" : " in \"" + printable(outer) + '"');
    return true;
  };
  try {
    return Json::parse(with_quoted_tokens(json), look);
  } catch (const Json::exception& thrown) {
    fail(Fault::data, "'", source, "' is not valid JSON: ", json_trouble(json, thrown));
  }
}

std::optional<double> as_number(const Json& json) {
  if (json.is_number()) return json.get<double>();
  if (json.is_string())
    for (const Token& token : tokens)
      if (json.get_ref<const std::string&>() == token.string.substr(1, token.string.size() - 2)) return token.value;
  return std::nullopt;
}

// The keys of one JSON object; `source_` starts all messages.
class Reader {
 public:
  Reader(const Json& json, std::string_view source) : json_(json), source_(source) {}

  bool has(const char* key) const { return json_.contains(key) && !json_[key].is_null(); }

  const Json& at(const char* key) const {
    require(json_.contains(key), Fault::data, "'", source_, "': the key \"", key, "\" is absent");
    return json_[key];
  }

  std::string text_at(const char* key) const {
    expect(at(key).is_string(), key, "must be a text");
    return at(key).get<std::string>();
  }

  std::int64_t count_at(const char* key) const {
    expect(at(key).is_number_integer(), key, "must be a whole number");
    return whole(at(key), key);
  }

  std::vector<double> list_at(const char* key) const { return list(at(key), key); }

  std::optional<std::vector<double>> optional_list_at(const char* key) const {
    if (!has(key)) return std::nullopt;
    return list_at(key);
  }

  std::string optional_text_at(const char* key) const { return has(key) ? text_at(key) : ""; }

  std::optional<double> optional_number_at(const char* key) const {
    if (!has(key)) return std::nullopt;
    const auto number = as_number(at(key));
    expect(number.has_value(), key, "must be a number or null");
    return number;
  }

  std::vector<ReadParameter> parameters_at(const char* key) const {
    expect(at(key).is_object(), key, "must be an object");
    std::vector<ReadParameter> out;
    for (const auto& [name, value] : at(key).items()) out.push_back(parameter(name, value));
    return out;
  }

  /// The lists of one part of the data, "train", under deepobs' own keys.
  ReadFurther further_at(const std::string& part) const {
    ReadFurther out;
    if (const std::string key = part + "_losses_without_regulariser"; has(key.c_str()))
      out.plain_losses = list_at(key.c_str());
    const std::string key = part + "_metrics";
    if (!has(key.c_str())) return out;
    expect(at(key.c_str()).is_object(), key, "must be an object");
    for (const auto& [name, values] : at(key.c_str()).items()) out.metrics.emplace_back(name, list(values, name));
    return out;
  }

  ReadParameter parameter(const std::string& name, const Json& json) const {
    if (json.is_null()) return {name, std::monostate()};
    if (json.is_boolean()) return {name, json.get<bool>()};
    if (json.is_number_integer()) return {name, whole(json, name)};
    if (const auto number = as_number(json)) return {name, *number};
    if (json.is_string()) return {name, json.get<std::string>()};
    return {name, list(json, name)};
  }

 private:
  template <class Name>
  void expect(bool condition, const Name& key, std::string_view what) const {
    require(condition, Fault::data, "'", source_, "': \"", key, "\" ", what);
  }

  std::int64_t whole(const Json& json, std::string_view key) const {
    expect(!json.is_number_unsigned() || std::in_range<std::int64_t>(json.get<std::uint64_t>()), key,
           "is too large to be represented");
    return json.get<std::int64_t>();
  }

  std::vector<double> list(const Json& json, std::string_view key) const {
    expect(json.is_array(), key, "must be a list of numbers");
    std::vector<double> out;
    for (const Json& each : json) {
      const auto number = as_number(each);
      require(number.has_value(), Fault::data, "'", source_, "': element ", out.size(), " of \"", key,
              "\" must be a number, not ", each.type_name());
      out.push_back(*number);
    }
    return out;
  }

  const Json& json_;
  std::string_view source_;
};

}  // namespace

ReadResult parse_result(std::string_view json, std::string_view source) {
  const Json document = parsed(json, source);
  require(document.is_object(), Fault::data, "'", source, "' is no DeepOBS result: it holds a JSON ",
          document.type_name(), " instead of an object");
  const Reader reader(document, source);

  ReadResult result;
  result.is_v1_2 = reader.has("optimizer_name");
  result.problem = reader.text_at("testproblem");
  result.optimizer = reader.text_at(result.is_v1_2 ? "optimizer_name" : "optimizer");
  result.batch = reader.count_at("batch_size");
  result.epochs = reader.count_at("num_epochs");
  result.seed = reader.count_at("random_seed");
  result.weight_decay = reader.optional_number_at("weight_decay");
  if (result.is_v1_2) {
    result.hyperparameters = reader.parameters_at("optimizer_hyperparams");
    if (reader.has("training_params")) result.training_parameters = reader.parameters_at("training_params");
  } else {
    result.hyperparameters = reader.parameters_at("hyperparams");
    result.hyperparameters.push_back(reader.parameter("lr", reader.at("learning_rate")));
    for (const char* key : {"lr_sched_epochs", "lr_sched_factors"})
      if (reader.has(key)) result.training_parameters.push_back(reader.parameter(key, reader.at(key)));
  }
  result.train_losses = reader.list_at("train_losses");
  result.test_losses = reader.list_at("test_losses");
  result.valid_losses = reader.optional_list_at("valid_losses");
  if (reader.has("minibatch_train_losses")) result.minibatch_train_losses = reader.list_at("minibatch_train_losses");
  result.train_accuracies = reader.optional_list_at("train_accuracies");
  result.valid_accuracies = reader.optional_list_at("valid_accuracies");
  result.test_accuracies = reader.optional_list_at("test_accuracies");
  result.further_train = reader.further_at("train");
  result.further_valid = reader.further_at("valid");
  result.further_test = reader.further_at("test");
  if (reader.has("gradient_evaluations")) result.gradient_evaluations = reader.count_at("gradient_evaluations");
  if (reader.has("status") && reader.text_at("status") == "diverged") {
    const std::int64_t epoch = reader.count_at("diverged_in_epoch"), step = reader.count_at("diverged_at_step"),
                       steps = reader.count_at("steps_per_epoch");
    result.divergence = {epoch, step - epoch * steps, step, reader.text_at("first_bad_tensor")};
  }
  auto& conditions = result.conditions;
  conditions.device = reader.optional_text_at("device");
  conditions.device_name = reader.optional_text_at("device_name");
  conditions.precision = reader.optional_text_at("precision");
  conditions.simd = reader.optional_text_at("simd");
  conditions.version = reader.optional_text_at("deepobs_version");
  if (reader.has("threads")) conditions.threads = reader.count_at("threads");
  conditions.effective_weight_decay = reader.optional_number_at("effective_weight_decay");
  conditions.total_seconds = reader.optional_number_at("total_seconds");
  if (reader.has("train_seconds")) conditions.train_seconds = reader.list_at("train_seconds");
  return result;
}

ReadResult read_result(const std::filesystem::path& path) {
  return parse_result(read_file(path, most_result_bytes), path.string());
}

void require_full_lists(const ReadResult& result, std::string_view source) {
  const auto check = [&](const std::string& key, const std::vector<double>& list) {
    require(result.epochs >= 0 && list.size() == static_cast<std::uint64_t>(result.epochs) + 1, Fault::data, "'",
            source, "': \"", key, "\" has ", list.size(), " values; a run of ", result.epochs,
            " epochs has one more than epochs");
  };
  check("train_losses", result.train_losses);
  check("test_losses", result.test_losses);
  if (result.valid_losses) check("valid_losses", *result.valid_losses);
  if (result.train_accuracies) check("train_accuracies", *result.train_accuracies);
  if (result.valid_accuracies) check("valid_accuracies", *result.valid_accuracies);
  if (result.test_accuracies) check("test_accuracies", *result.test_accuracies);
  for (const auto& [part, further] : {std::pair(std::string("train"), &result.further_train),
                                      {"valid", &result.further_valid},
                                      {"test", &result.further_test}}) {
    if (!further->plain_losses.empty()) check(part + "_losses_without_regulariser", further->plain_losses);
    for (const auto& [name, values] : further->metrics) check(part + "_metrics." + name, values);
  }
}

}  // namespace deepobs
