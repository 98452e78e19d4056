#include "runner/cli/options/analyze_arguments.h"

#include <CLI/CLI.hpp>

#include "runner/cli/options/option_kinds.h"

namespace deepobs {

AnalyzeCommand AnalyzeArguments::finished() const {
  AnalyzeCommand out = command;
  out.mode = mode_named(mode);
  out.question.references.assign(references.begin(), references.end());
  return out;
}

CLI::App* add_analyze(CLI::App& app, AnalyzeArguments& arguments) {
  AnalyzeCommand& command = arguments.command;
  AnalysisQuestion& question = command.question;
  CLI::App* analyze = app.add_subcommand(
      "analyze", "Compare the optimizers in a folder of results: chosen settings, means, intervals, speeds");
  analyze->add_option("results", question.results, "folder of the results (results); it comes before the options");
  const auto flag = [&](const char* name, bool& value, const char* help, const char* group) {
    analyze->add_flag(name, value, help)->disable_flag_override()->group(group);
  };

  const auto what = "What";
  add_text(analyze, "--reference", arguments.references,
           "folders of baselines, of DeepOBS 1.1, 1.2 or deepobs; may be given several times")
      ->group(what);
  add_text(analyze, "--mode", arguments.mode,
           "how a setting is chosen: final or best value, or the one with the most runs (most)")
      ->group(what);
  add_text(
      analyze, "--metric", question.metric,
      "by which settings are chosen: train_, valid_ or test_losses or _accuracies; where runs lack it, valid_losses or "
      "test_losses (of the validation set where all runs have one, else of the test set)")
      ->group(what);
  add_text(analyze, "--problems", question.problems, "these problems alone")->group(what);
  add_text(analyze, "--optimizers", question.optimizers, "these optimizers alone, of the results")->group(what);
  add_text(analyze, "--convergence", question.convergence,
           "DeepOBS's convergence_performance.json (the one in the results or a reference)")
      ->group(what);
  flag("--check", command.check, "read every file strictly and say what is wrong, as DeepOBS 1.2's check_output", what);
  flag("--runtime", command.runtime, "compare times with SGD's, from the records", what);

  const auto how = "How";
  flag("--json", command.json, "print one JSON object", how);
  add_text(analyze, "--latex", command.latex, "write DeepOBS's table as LaTeX: a file *.tex, or a folder")->group(how);
  add_text(analyze, "--csv", command.csv, "write tables for other programs into this folder")->group(how);
  flag("--strict", command.strict, "end with status 65 where there are warnings", how);
  return analyze;
}

}  // namespace deepobs
