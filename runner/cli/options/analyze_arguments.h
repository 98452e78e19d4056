#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runner/cli/commands/commands.h"

namespace CLI {
class App;
}

namespace deepobs {

/// What the options of `deepobs analyze` say, as they were typed.
struct AnalyzeArguments {
  AnalyzeCommand command;
  std::string mode = "most";
  std::vector<std::string> references;

  /// Errors: usage, for a mode that is none.
  AnalyzeCommand finished() const;
};

/// Adds the command to the command line. Parsing fills `arguments`, which must outlive `app`.
CLI::App* add_analyze(CLI::App& app, AnalyzeArguments& arguments);

}  // namespace deepobs
