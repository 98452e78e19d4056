#include "runner/cli/options/argument_words.h"

#include <algorithm>
#include <string_view>

#include "engine/base/check.h"
#include "engine/base/nearest_name.h"
#include "engine/base/printable.h"
#include "runner/results/text/counted.h"

namespace deepobs {
namespace {

bool is_flag(const Hyperparameter& hyper) { return std::holds_alternative<bool>(hyper.standard); }

/// A word behind a flag, or behind words to choose from, that is no value must be something else that makes sense.
void refuse_other_value(const Optimizer& optimizer, const Catalogue& catalogue, const Hyperparameter& hyper,
                        const std::string& word) {
  if (word.starts_with("-")) return;
  std::vector<std::string> names;
  for (const Problem* problem : catalogue.problems()) names.push_back(problem->name);
  if (std::ranges::find(names, word) != names.end()) return;
  const auto near = nearest(word, names);
  fail(Fault::usage, optimizer.name, ": ", hyper.name, " must be ", wanted_words(hyper), ", not '",
       printable_name(word), "'", near.empty() ? "" : "; if that is the test problem: did you mean " + near + "?");
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

/// A value of several numbers that is one argument.
bool is_list(std::string_view word) {
  return word.starts_with('(') || word.starts_with('[') ||
         (begins_as_number(word) && word.find(',') != std::string_view::npos);
}

/// The values of a hyperparameter that has several numbers: "0.9", "0.99" -> "0.9,0.99". `instead`: what stands where
/// the first should be, if there is none.
std::vector<std::string> counted_off(const Optimizer& optimizer, const Hyperparameter& hyper,
                                     const std::vector<std::string>& words, const std::string& instead) {
  const std::size_t size = std::get<std::vector<double>>(hyper.standard).size();
  std::vector<std::string> values;
  std::string open;  // the numbers of a value that lacks some
  std::size_t opened = 0;
  const auto refuse = [&] {
    std::string came;
    std::size_t numbers = 0;
    for (const auto& word : words)
      if (!is_list(word)) came += (numbers++ == 0 ? ": " : " ") + printable_name(word);
    fail(Fault::usage, optimizer.name, ": ", hyper.name, " takes ", counted(static_cast<std::int64_t>(size), "number"),
         numbers > size ? " for each run" : "", ", not ",
         instead.empty() ? text(numbers) : "'" + printable_name(instead) + "'", came);
  };
  if (words.empty()) refuse();
  for (const auto& word : words) {
    if (is_list(word)) {
      if (opened > 0) refuse();
      values.push_back(word);
      continue;
    }
    open += (opened == 0 ? "" : ",") + word;
    if (++opened < size) continue;
    values.push_back(open);
    open.clear();
    opened = 0;
  }
  if (opened > 0) refuse();
  return values;
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

std::vector<std::string> values_of(const std::vector<std::string>& arguments, const std::string& option,
                                   const std::string& letter) {
  for (auto at = arguments.begin(); at != arguments.end(); ++at) {
    if (at->starts_with(option + "=")) return {at->substr(option.size() + 1)};
    if (*at != option && !letter.empty() && *at != letter && at->starts_with(letter) && !at->starts_with("--"))
      return {at->substr(letter.size())};  // -oSGD
    if (*at != option && (letter.empty() || *at != letter)) continue;
    const auto end = std::find_if(at + 1, arguments.end(),
                                  [](const auto& word) { return word.starts_with('-') && !begins_as_number(word); });
    return {at + 1, end};
  }
  return {};
}

std::vector<std::string> with_word_values(const std::vector<std::string>& arguments, const Optimizer& optimizer,
                                          const Catalogue& catalogue) {
  static const std::vector<std::string> truth{"true", "false", "True", "False", "1", "0"};
  std::vector<std::string> out;
  for (std::size_t i = 0; i < arguments.size();) {
    const std::string& argument = arguments[i++];
    const auto hyper = std::ranges::find_if(optimizer.hyperparameters, [&](const Hyperparameter& each) {
      return (is_flag(each) || !each.choices.empty()) && argument == "--" + each.name;
    });
    if (hyper == optimizer.hyperparameters.end()) {
      out.push_back(argument);
      continue;
    }
    const std::vector<std::string>& known = is_flag(*hyper) ? truth : hyper->choices;
    const auto is_value = [&] { return i < arguments.size() && std::ranges::find(known, arguments[i]) != known.end(); };
    const std::size_t begin = i;
    while (is_value()) out.push_back(argument + "=" + arguments[i++]);
    if (i == begin) out.push_back(is_flag(*hyper) ? argument + "=true" : argument);
    if (i < arguments.size() && (is_flag(*hyper) || i > begin))
      refuse_other_value(optimizer, catalogue, *hyper, arguments[i]);
  }
  return out;
}

std::vector<std::string> with_tuple_values(const std::vector<std::string>& arguments, const Optimizer& optimizer) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < arguments.size();) {
    const std::string& argument = arguments[i++];
    const std::size_t equals = std::min(argument.find('='), argument.size());
    const auto at = std::ranges::find_if(optimizer.hyperparameters, [&](const Hyperparameter& hyper) {
      return std::holds_alternative<std::vector<double>>(hyper.standard) &&
             argument.substr(0, equals) == "--" + hyper.name;
    });
    if (at == optimizer.hyperparameters.end()) {
      out.push_back(argument);
      continue;
    }
    std::vector<std::string> words;
    if (equals < argument.size()) words.push_back(argument.substr(equals + 1));
    while (i < arguments.size() && (begins_as_number(arguments[i]) || is_list(arguments[i])))
      words.push_back(arguments[i++]);
    const bool is_text = words.empty() && i < arguments.size() && !arguments[i].starts_with('-');
    for (const auto& value : counted_off(optimizer, *at, words, is_text ? arguments[i] : ""))
      out.push_back("--" + at->name + "=" + value);
  }
  return out;
}

std::vector<std::string> with_several_values(const std::vector<std::string>& arguments,
                                             const std::vector<std::vector<std::string>>& options) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < arguments.size();) {
    const auto option = std::ranges::find_if(
        options, [&](const auto& names) { return std::ranges::find(names, arguments[i]) != names.end(); });
    std::size_t end = i + 1;
    while (option != options.end() && end < arguments.size() && begins_as_number(arguments[end])) ++end;
    if (end - i < 3) {  // no option of these, or one value
      out.push_back(arguments[i++]);
      continue;
    }
    for (++i; i < end; ++i) out.push_back(option->back() + "=" + arguments[i]);
  }
  return out;
}

}  // namespace deepobs
