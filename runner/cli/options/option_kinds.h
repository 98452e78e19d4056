#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "runner/cli/options/argument.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace deepobs {

// The kinds of options that the commands have. `names` are an option's spellings, the long one last:
// "--lr,--learning_rate".

/// "learning_rate" of "--lr,--learning_rate".
std::string long_name(const std::string& names);

/// An option whose values are handed over as they stand; `type` is shown in the help.
CLI::Option* add_values(CLI::App* app, const std::string& names, std::function<void(const ArgumentTexts&)> read,
                        const std::string& help, const std::string& type = "NUMBER");

/// An option with a number, read by read_argument(): the parser's own conversion makes 8 of 010 and 2^63 - 1 of 2^64.
template <class Value>
CLI::Option* add_number(CLI::App* app, const std::string& names, Value& value, const std::string& help) {
  return add_values(
      app, names, [name = long_name(names), &value](const ArgumentTexts& given) { read_argument(name, given, value); },
      help);
}

/// An option with a text. A forgotten value must not swallow the option behind it.
CLI::Option* add_text(CLI::App* app, const std::string& names, std::function<void(const std::string&)> take,
                      const std::string& help);
CLI::Option* add_text(CLI::App* app, const std::string& names, std::string& value, const std::string& help);
CLI::Option* add_text(CLI::App* app, const std::string& names, std::filesystem::path& value, const std::string& help);
CLI::Option* add_text(CLI::App* app, const std::string& names, std::vector<std::string>& values,
                      const std::string& help);

}  // namespace deepobs
