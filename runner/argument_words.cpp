#include "runner/argument_words.h"

#include <algorithm>

namespace deepobs {

std::vector<std::string> with_underscores(std::vector<std::string> arguments) {
  for (auto& argument : arguments) {
    if (!argument.starts_with("--") || argument.size() < 3) continue;
    const auto end = std::min(argument.find('='), argument.size());
    std::replace(argument.begin() + 2, argument.begin() + static_cast<std::ptrdiff_t>(end), '-', '_');
  }
  return arguments;
}

std::string named_optimizer(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments.front() != "run") return "";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument.starts_with("--optimizer=")) return argument.substr(12);
    if ((argument == "--optimizer" || argument == "-o") && i + 1 < arguments.size()) return arguments[i + 1];
    if (argument.starts_with("-o")) return argument.substr(2);  // -oSGD
  }
  return "";
}

std::vector<std::string> with_flag_values(const std::vector<std::string>& arguments, const Optimizer& optimizer) {
  const auto is_flag = [&](const std::string& argument) {
    return std::ranges::any_of(optimizer.hyperparameters, [&](const Hyperparameter& hyper) {
      return std::holds_alternative<bool>(hyper.standard) && argument == "--" + hyper.name;
    });
  };
  static const std::vector<std::string> truth{"true", "false", "True", "False", "1", "0"};
  std::vector<std::string> out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    out.push_back(arguments[i]);
    if (!is_flag(arguments[i])) continue;
    const bool has_value = i + 1 < arguments.size() && std::ranges::find(truth, arguments[i + 1]) != truth.end();
    out.back() += "=" + (has_value ? arguments[++i] : "true");
  }
  return out;
}

}  // namespace deepobs
