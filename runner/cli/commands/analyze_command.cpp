#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <set>

#include "engine/base/check.h"
#include "runner/analysis/analysis.h"
#include "runner/analysis/classic/performance_table.h"
#include "runner/analysis/output/analysis_csv.h"
#include "runner/analysis/output/analysis_json.h"
#include "runner/analysis/output/analysis_text.h"
#include "runner/analysis/output/performance_latex.h"
#include "runner/cli/commands/commands.h"
#include "runner/cli/terminal/live_line.h"
#include "runner/cli/terminal/progress.h"
#include "runner/results/files/file.h"

namespace deepobs {
namespace {

namespace fs = std::filesystem;

void write_text(const fs::path& path, const std::string& text) {
  const std::string_view piece = text;
  replace_file(path, std::span(&piece, 1));
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail_io("make the folder", folder, error.value());
}

/// DeepOBS 1.1's files, those of them that have a row, and one of all problems.
void write_latex(const fs::path& path, const Analysis& analysis, ChoiceMode mode) {
  if (path.extension() == ".tex") return write_text(path, performance_latex(performance_table(analysis, mode)));
  make_folder(path);
  write_text(path / "performance_table.tex", performance_latex(performance_table(analysis, mode)));
  for (const auto& [name, problems] : {std::pair("small", small_set()), std::pair("large", large_set())})
    if (const auto table = performance_table(analysis, mode, problems); !table.rows.empty())
      write_text(path / (std::string("performance_table_") + name + ".tex"), performance_latex(table));
}

/// "read 4100 of 100000 results", on a terminal alone: elsewhere it would be one more thing to read.
class ReadingLine {
 public:
  explicit ReadingLine(const LiveLine::Style& style) : is_shown_(style.is_terminal), line_(std::cerr, style) {}

  void show(std::int64_t done, std::int64_t all) {
    const auto now = LiveLine::Clock::now();
    if (!is_shown_ || now < next_) return;
    next_ = now + line_.pause();
    line_.show(text("read ", done, " of ", all, " results"));
  }

 private:
  bool is_shown_;
  LiveLine line_;
  LiveLine::Clock::time_point next_ = LiveLine::Clock::now() + std::chrono::milliseconds(500);
};

Analysis analysis_of(const AnalyzeCommand& command) {
  ReadingLine line(style_of_stderr());
  AnalysisQuestion question = command.question;
  question.strict = command.check;
  question.progress = [&](std::int64_t done, std::int64_t all) { line.show(done, all); };
  return analyze(question);
}

TextStyle style_of_stdout() {
  const auto terminal = style_of(STDOUT_FILENO);
  const char* no_color = std::getenv("NO_COLOR");
  TextStyle style;
  style.columns = terminal.is_terminal ? terminal.columns : 160;
  style.is_bold = terminal.is_terminal && (no_color == nullptr || *no_color == '\0');
  return style;
}

}  // namespace

bool analyze_command(const AnalyzeCommand& command, std::ostream& out) {
  const Analysis analysis = analysis_of(command);
  if (!command.csv.empty()) {
    make_folder(command.csv);
    for (const auto& [name, text] : analysis_csv(analysis, command.mode)) write_text(command.csv / name, text);
  }
  if (!command.latex.empty()) write_latex(command.latex, analysis, command.mode);
  if (command.json) {
    out << analysis_json(analysis, command.runtime);
  } else {
    const TextStyle style = style_of_stdout();
    out << (command.check ? check_text(analysis, style) : analysis_text(analysis, command.mode, style));
    if (command.runtime) out << runtime_text(analysis);
  }
  return analysis.warnings() == 0 || !command.strict;
}

}  // namespace deepobs
