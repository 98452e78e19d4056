#include "runner/cli/options/hyperparameter_options.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "runner/cli/options/argument_words.h"
#include "runner/results/text/python_text.h"
#include "runner/training/config/setting_value.h"

namespace deepobs {
namespace {

bool is_single_number(const Hyperparameter& hyper) {
  return std::holds_alternative<double>(hyper.standard) || std::holds_alternative<std::int64_t>(hyper.standard);
}

std::string standard_words(const Hyperparameter& hyper) {
  const auto* many = std::get_if<std::vector<double>>(&hyper.standard);
  if (many == nullptr) return to_string(hyper.standard);
  std::string words;
  for (const double one : *many) words += (words.empty() ? "" : " ") + python_repr(one);
  return words;
}

std::string type_words(const Hyperparameter& hyper) {
  if (std::holds_alternative<bool>(hyper.standard)) return "[true|false]...";
  std::string words;
  for (const auto& choice : hyper.choices) words += (words.empty() ? "[" : "|") + choice;
  if (!words.empty()) return words + "]...";
  if (const auto* many = std::get_if<std::vector<double>>(&hyper.standard))
    for (std::size_t i = 1; i < many->size(); ++i) words += "NUMBER ";
  return words + "NUMBER...";
}

}  // namespace

void add_hyperparameters(CLI::App* command, const Optimizer& optimizer, HyperparameterWords& words) {
  words.resize(optimizer.hyperparameters.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Hyperparameter& hyper = optimizer.hyperparameters[i];
    const std::string option = "--" + hyper.name;
    if (command->get_option_no_throw(option) != nullptr) continue;
    command->add_option(option, words[i], hyper.help + " (" + standard_words(hyper) + ")")
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name(type_words(hyper))
        ->group(optimizer.source.empty() ? optimizer.name : optimizer.name + " (" + optimizer.source + ")");
  }
}

std::vector<std::string> with_hyperparameter_values(std::vector<std::string> arguments, const Optimizer& optimizer,
                                                    const Catalogue& catalogue,
                                                    std::vector<std::vector<std::string>> options) {
  for (const auto& hyper : optimizer.hyperparameters)
    if (is_single_number(hyper)) options.push_back({"--" + hyper.name});
  return with_several_values(with_tuple_values(with_word_values(arguments, optimizer, catalogue), optimizer), options);
}

}  // namespace deepobs
