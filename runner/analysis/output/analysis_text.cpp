#include "runner/analysis/output/analysis_text.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "engine/base/check.h"
#include "engine/base/printable.h"
#include "runner/analysis/classic/performance_table.h"
#include "runner/analysis/classic/runtime.h"
#include "runner/analysis/output/foreign_text.h"
#include "runner/analysis/output/sparkline.h"
#include "runner/results/text/counted.h"
#include "runner/results/text/python_text.h"
#include "runner/results/text/text_table.h"

namespace deepobs {
namespace {

constexpr std::size_t longest_name = 40;

std::string name(const std::string& of) { return clipped(printable(of), longest_name); }

/// Four decimals, or an exponent where those would say nothing.
std::string value_text(double value) {
  if (!std::isfinite(value)) return python_repr(value);
  const double size = std::abs(value);
  if (size != 0 && (size < 1e-3 || size >= 1e6)) {
    std::string text = float2str(value, PointStyle::stripped);  // of ten digits
    const std::size_t e = text.find('e'), point = text.find('.');
    return point == std::string::npos || e - point <= 4 ? text : text.substr(0, point + 4) + text.substr(e);
  }
  return fixed(value, 4);
}

std::string findings_text(const Analysis& analysis, bool warnings, const TextStyle& style) {
  std::string out;
  for (const auto& finding : analysis.findings)
    if (finding.is_warning() == warnings)
      out += (warnings ? "warning: " : "note: ") + finding_text(finding, style.most_places) + "\n";
  return out;
}

/// The warnings, and a line behind them.
std::string warnings_text(const Analysis& analysis, const TextStyle& style) {
  const std::string out = findings_text(analysis, true, style);
  return out.empty() ? out : out + "\n";
}

std::string counts_text(const Analysis& analysis) {
  std::int64_t settings = 0;
  std::set<std::string> optimizers;
  for (const auto& problem : analysis.problems)
    for (const auto& optimizer : problem.optimizers)
      settings += static_cast<std::int64_t>(optimizer.settings.size()), optimizers.insert(optimizer.name);
  const std::string references =
      analysis.reference_files.found == 0 ? "" : text(", and ", analysis.reference_files.used, " of references");
  return text(counted(static_cast<std::int64_t>(analysis.problems.size()), "problem"), ", ",
              counted(static_cast<std::int64_t>(optimizers.size()), "optimizer"), ", ", counted(settings, "setting"),
              ", ", analysis.files.used, " of ", counted(analysis.files.found, "run"), references, "\n");
}

/// The optimizers of a problem, the best value first; those without one last.
std::vector<const OptimizerAnalysis*> by_value(const ProblemAnalysis& problem, ChoiceMode mode) {
  std::vector<const OptimizerAnalysis*> order;
  for (const auto& optimizer : problem.optimizers) order.push_back(&optimizer);
  const auto value = [&](const OptimizerAnalysis* optimizer) {
    const auto* setting = optimizer->setting(mode);
    return setting == nullptr ? NAN : setting->value(mode, problem.metric);
  };
  std::ranges::stable_sort(order, [&](const auto* a, const auto* b) {
    return std::isnan(value(b)) ? !std::isnan(value(a)) : is_better(problem.metric, value(a), value(b));
  });
  return order;
}

std::string interval_text(const SettingSummary& setting, ResultMetric metric) {
  const auto interval = setting.final_estimate(metric).interval;
  return interval ? text("[", value_text(interval->low), ", ", value_text(interval->high), "]") : "-";
}

struct Row {
  std::vector<std::string> words;
  std::vector<double> curve;
  bool is_best = false;
};

std::vector<Row> rows_of(const Analysis& analysis, ChoiceMode mode) {
  std::vector<Row> out;
  for (const auto& problem : analysis.problems) {
    bool first = true;
    for (const auto* optimizer : by_value(problem, mode)) {
      const auto* setting = optimizer->setting(mode);
      const std::string title = first ? name(problem.name) : "";
      if (setting == nullptr) {
        out.push_back({{title, "", name(optimizer->name), "-", "-", "0", "-", "no setting can be chosen"}, {}, false});
        first = false;
        continue;
      }
      const double value = setting->value(mode, problem.metric);
      const bool is_best = first && std::isfinite(value);
      const auto& bands =
          optimizer->curves.at(*optimizer->chosen[static_cast<std::size_t>(mode)]).bands[problem.metric];
      const auto speed = setting->speed(problem.metric);
      std::string value_words = setting->metrics[problem.metric] ? value_text(value) : "-";
      if (const auto diverged = setting->diverged(); diverged > 0) value_words += text(" (", diverged, " diverged)");
      out.push_back({{title, is_best ? "*" : "", name(optimizer->name), std::move(value_words),
                      mode == ChoiceMode::best ? "-" : interval_text(*setting, problem.metric),
                      std::to_string(setting->runs.size()), speed ? fixed(*speed, 1) : "-",
                      clipped(printable(tuneability(*setting)), 2 * longest_name)},
                     bands ? bands->mean : std::vector<double>(),
                     is_best});
      first = false;
    }
  }
  return out;
}

/// Cuts the settings, the last words, to what the others leave of the line.
void fit_settings(std::vector<Row>& rows, const std::vector<std::string>& titles, std::size_t columns) {
  constexpr std::size_t narrowest = 12;
  std::size_t others = 0;
  for (std::size_t c = 0; c + 1 < titles.size(); ++c) {
    std::size_t widest = titles[c].size() - (titles[c].starts_with('>') ? 1 : 0);
    for (const auto& row : rows) widest = std::max(widest, characters_in(row.words[c]));
    others += widest + 2;
  }
  const std::size_t room = std::max(narrowest, columns > others ? columns - others : 0);
  for (auto& row : rows) row.words.back() = clipped(row.words.back(), room);
}

std::string table_text(const Analysis& analysis, ChoiceMode mode, const TextStyle& style) {
  const char* value = mode == ChoiceMode::best ? ">best" : ">final";
  const std::vector<std::string> titles{"problem",        "",      "optimizer", value,
                                        ">95 % interval", ">runs", ">speed",    "setting"};
  auto rows = rows_of(analysis, mode);
  fit_settings(rows, titles, static_cast<std::size_t>(std::max(style.columns, 1)));
  TextTable table(titles);
  for (const auto& row : rows) table.add(row.words);
  // The curves stand behind the table, where there is room for them.
  const std::string plain = table.text();
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < plain.size();) {
    const std::size_t end = plain.find('\n', begin);
    lines.push_back(plain.substr(begin, end - begin));
    begin = end + 1;
  }
  std::size_t widest = 0;
  for (const auto& line : lines) widest = std::max(widest, characters_in(line));
  constexpr std::size_t narrowest = 8, usual = 24;
  const std::size_t room = static_cast<std::size_t>(std::max(style.columns, 1));
  const std::size_t width = room >= widest + 2 + narrowest ? std::min(usual, room - widest - 2) : 0;
  std::string out = lines.front() + "\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string& line = lines[i + 1];
    out += rows[i].is_best && style.is_bold ? "\x1b[1m" + line + "\x1b[0m" : line;
    if (width > 0 && !rows[i].curve.empty())
      out += std::string(widest - characters_in(line) + 2, ' ') + sparkline(rows[i].curve, width);
    out += "\n";
  }
  return out;
}

std::string rules_text(const Analysis& analysis, ChoiceMode mode) {
  std::map<std::string, std::set<std::string>> metrics, choices;
  for (const auto& problem : analysis.problems) {
    metrics[std::string(name_of(problem.metric))].insert(name(problem.name));
    for (const auto& optimizer : problem.optimizers)
      choices[std::string(name_of(optimizer.chosen_by))].insert(name(problem.name));
  }
  const auto listed = [](const std::map<std::string, std::set<std::string>>& of) {
    std::string out;
    for (const auto& [what, where] : of) {
      out += (out.empty() ? "" : "; ") + what;
      if (of.size() < 2) continue;
      std::string names;
      for (const auto& each : where) names += (names.empty() ? "" : ", ") + each;
      out += " (" + names + ")";
    }
    return out;
  };
  const char* value =
      mode == ChoiceMode::best ? "best: the best value of the mean test curve" : "final: mean of the last test values";
  return text(
      value, ", of ", listed(metrics), "; the setting is chosen by mode ", name_of(mode), " on ", listed(choices),
      ".\n95 % interval: Student's, of the mean of the last values over the runs; none of one run.\n",
      "speed: mean epochs to the convergence performance; a run that does not get there counts with all its epochs "
      "and one.\n");
}

}  // namespace

std::string analysis_text(const Analysis& analysis, ChoiceMode mode, const TextStyle& style) {
  const std::string out = warnings_text(analysis, style) + counts_text(analysis);
  if (analysis.problems.empty()) return out;
  return out + "\n" + table_text(analysis, mode, style) + "\n" + rules_text(analysis, mode) +
         findings_text(analysis, false, style);
}

std::string check_text(const Analysis& analysis, const TextStyle& style) {
  std::string out = warnings_text(analysis, style);
  for (const auto& problem : analysis.problems)
    for (const auto& optimizer : problem.optimizers) {
      std::map<std::size_t, std::int64_t> settings;  // by their number of seeds
      for (const auto& setting : optimizer.settings) ++settings[setting.runs.size()];
      for (const auto& [seeds, count] : settings)
        out += text(name(problem.name), " | ", name(optimizer.name), ": ", count, " setting(s) with ", seeds,
                    " seed(s).\n");
    }
  const FileCounts& files = analysis.files;
  return out + text(files.used, " of ", counted(files.found, "file"), " can be used: ", files.unreadable,
                    " unreadable, ", files.incomplete, " incomplete, ", files.duplicates,
                    " of a seed that is there twice, ", files.mixed, " made in another way than their setting\n");
}

std::string runtime_text(const Analysis& analysis) {
  const auto rows = runtime_overheads(analysis);
  if (rows.empty()) return "\nno run has its times on record; files of DeepOBS never do\n";
  TextTable table({"problem", "optimizer", ">runs", ">s/epoch", ">times SGD", ">std", "machine"});
  for (const auto& row : rows)
    table.add({name(row.problem), name(row.optimizer), std::to_string(row.runs), short_number(row.epoch_seconds),
               row.overhead ? fixed(*row.overhead, 3) : "-", row.overhead_std ? fixed(*row.overhead_std, 3) : "-",
               clipped(printable(row.machine), 2 * longest_name)});
  return text(
      "\n", table.text(),
      "times SGD: seconds of training an epoch over the mean of SGD's runs on the same machine and batch size.\n");
}

}  // namespace deepobs
