#include "runner/argument_words.h"

#include <algorithm>
#include <string_view>

#include "engine/check.h"
#include "engine/nearest_name.h"
#include "problems/problem.h"

namespace deepobs {
namespace {

/// A word behind a flag that is not its value must be something else that makes sense.
void refuse_other_value(const Optimizer& optimizer, const std::string& flag, const std::string& word) {
  if (word.starts_with("-")) return;
  std::vector<std::string> names;
  for (const auto& problem : problems()) names.push_back(problem.name);
  if (std::ranges::find(names, word) != names.end()) return;
  const auto near = nearest(word, names);
  fail(Fault::usage, optimizer.name, ": ", flag.substr(2), " must be true or false, not '", word, "'",
       near.empty() ? "" : "; if that is the test problem: did you mean " + near + "?");
}

/// Begins as a number does: "0.03", "-1", ".5", but no option such as "-r"; or is what a number should not be, "nan" or
/// "-inf", so that whoever reads the number can say so.
bool begins_as_number(std::string_view word) {
  if (word.starts_with('+') || word.starts_with('-')) word.remove_prefix(1);
  std::string small(word);
  for (char& c : small)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (small == "nan" || small == "inf" || small == "infinity") return true;
  if (word.starts_with('.')) word.remove_prefix(1);
  return !word.empty() && word.front() >= '0' && word.front() <= '9';
}

}  // namespace

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
    if (i + 1 < arguments.size() && !has_value) refuse_other_value(optimizer, arguments[i], arguments[i + 1]);
    out.back() += "=" + (has_value ? arguments[++i] : "true");
  }
  return out;
}

std::vector<std::string> with_several_values(const std::vector<std::string>& arguments,
                                             const std::vector<std::vector<std::string>>& options) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto option = std::ranges::find_if(
        options, [&](const auto& names) { return std::ranges::find(names, arguments[i]) != names.end(); });
    std::size_t end = i + 1;
    while (option != options.end() && end < arguments.size() && begins_as_number(arguments[end])) ++end;
    if (end - i < 3) {  // no option of these, or one value
      out.push_back(arguments[i]);
      continue;
    }
    std::string values;
    for (++i; i < end; ++i) values += (values.empty() ? "" : " ") + arguments[i];
    out.push_back(option->back() + "=" + values);
    --i;
  }
  return out;
}

}  // namespace deepobs
