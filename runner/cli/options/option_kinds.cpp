#include "runner/cli/options/option_kinds.h"

#include <CLI/CLI.hpp>

namespace deepobs {
namespace {

std::string text_problem(const std::string& given) {
  if (given.empty()) return "needs a value, not an empty text";
  return given.starts_with("--") ? "needs a value, but '" + given + "' is an option" : std::string();
}

/// An argument that stands by itself is no forgotten value.
CLI::Option* of_text(CLI::Option* option) {
  if (!option->get_positional()) option->check(text_problem);
  return option->type_name("TEXT");
}

template <class Text>
CLI::Option* add_any_text(CLI::App* app, const std::string& names, Text& value, const std::string& help) {
  return of_text(app->add_option(names, value, help));
}

}  // namespace

std::string long_name(const std::string& names) { return names.substr(names.rfind("--") + 2); }

CLI::Option* add_values(CLI::App* app, const std::string& names, std::function<void(const ArgumentTexts&)> read,
                        const std::string& help, const std::string& type) {
  const auto take = [read = std::move(read)](const CLI::results_t& given) {
    read(given);
    return true;
  };
  return app->add_option(names, take, help)->type_name(type);
}

CLI::Option* add_text(CLI::App* app, const std::string& names, std::function<void(const std::string&)> take,
                      const std::string& help) {
  return of_text(app->add_option_function<std::string>(names, take, help));
}

CLI::Option* add_text(CLI::App* app, const std::string& names, std::string& value, const std::string& help) {
  return add_any_text(app, names, value, help);
}

CLI::Option* add_text(CLI::App* app, const std::string& names, std::filesystem::path& value, const std::string& help) {
  return add_any_text(app, names, value, help);
}

CLI::Option* add_text(CLI::App* app, const std::string& names, std::vector<std::string>& values,
                      const std::string& help) {
  return add_any_text(app, names, values, help);
}

}  // namespace deepobs
