#include "runner/cli/terminal/sweep_table.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "engine/base/check.h"
#include "runner/cli/terminal/live_line.h"
#include "runner/results/text/counted.h"
#include "runner/results/text/text_table.h"
#include "runner/training/recorded_model.h"

namespace deepobs {
namespace {

using Setting = std::vector<std::string>;  // the values of all axes but the seed

bool is_seed(const std::string& axis) { return axis == "random_seed"; }

Setting setting_of(const Sweep& sweep, std::size_t run) {
  Setting setting;
  for (std::size_t axis = 0; axis < sweep.names.size(); ++axis)
    if (!is_seed(sweep.names[axis])) setting.push_back(sweep.runs[run].values[axis]);
  return setting;
}

/// The axes that the table shows.
std::vector<std::size_t> shown_axes(const Sweep& sweep) {
  std::vector<std::size_t> shown;
  for (std::size_t axis = 0; axis < sweep.names.size(); ++axis)
    if (sweep.differs[axis] || is_seed(sweep.names[axis]) || sweep.names[axis] == "learning_rate")
      shown.push_back(axis);
  return shown;
}

const std::vector<double>& metric(const Curve& curve, bool accuracy) {
  return accuracy ? curve.accuracies : curve.losses;
}

struct Best {
  Setting setting;
  double mean = 0;
  std::int64_t seeds = 0;
};

/// How many settings there are, and of how many every run has ended with a result.
struct Settings {
  std::size_t all = 0, complete = 0;
};
Settings count_settings(const Sweep& sweep, const std::vector<RunOutcome>& outcomes) {
  std::map<Setting, bool> complete;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    bool& so_far = complete.emplace(setting_of(sweep, i), true).first->second;
    so_far = so_far && !outcomes[i].error;
  }
  Settings counted{complete.size(), 0};
  for (const auto& [setting, whole] : complete) counted.complete += whole ? 1 : 0;
  return counted;
}

/// The innermost folder that holds all results; empty where nothing was written.
std::filesystem::path folder_of_all(const std::vector<RunOutcome>& outcomes) {
  std::filesystem::path folder;
  for (const auto& outcome : outcomes) {
    if (outcome.error || outcome.result.json.empty()) continue;
    const std::filesystem::path own = outcome.result.json.parent_path();
    if (folder.empty()) folder = own;
    std::filesystem::path common;
    for (auto a = folder.begin(), b = own.begin(); a != folder.end() && b != own.end() && *a == *b; ++a, ++b)
      common /= *a;
    folder = common;
  }
  return folder;
}

/// The best mean of all settings whose every run is complete. The lists of a run that diverged are filled up with the
/// performance before the training, which must not win.
std::optional<Best> best_setting(const Sweep& sweep, const std::vector<RunOutcome>& outcomes, bool accuracy,
                                 bool validation) {
  struct Sum {
    double of = 0;
    std::int64_t runs = 0;
  };
  std::map<Setting, Sum> sums;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto& result = outcomes[i].result;
    auto& sum = sums[setting_of(sweep, i)];
    ++sum.runs;
    const bool counts = !outcomes[i].error && !result.divergence;
    sum.of += counts ? metric(validation ? result.valid : result.test, accuracy).back() : std::nan("");
  }
  std::optional<Best> best;
  for (const auto& [setting, sum] : sums) {
    const double mean = sum.of / static_cast<double>(sum.runs);
    if (std::isfinite(mean) && (!best || (accuracy ? mean > best->mean : mean < best->mean)))
      best = {setting, mean, sum.runs};
  }
  return best;
}

/// Why there is no best setting.
std::string no_best_text(const std::vector<RunOutcome>& outcomes) {
  const auto all_are = [&](const auto& what) { return std::ranges::all_of(outcomes, what); };
  const auto is_stopped = [](const RunOutcome& run) { return run.error && is_stop(run.error->fault()); };
  const auto is_diverged = [](const RunOutcome& run) { return !run.error && run.result.divergence; };
  if (all_are(is_diverged)) return "no best setting: all runs diverged\n";
  if (all_are(is_stopped)) return "";  // which is said elsewhere
  return "no best setting: none has only runs that are complete and did not diverge\n";
}

}  // namespace

std::string sweep_table(const Sweep& sweep, const std::vector<Run>& runs, const std::vector<RunOutcome>& outcomes) {
  const bool accuracy =
      RecordedModel(*runs.front().problem, *runs.front().data_set).has_accuracy();  // also where no run has a result
  const bool validation = runs.front().config.validation;
  const auto best = best_setting(sweep, outcomes, accuracy, validation);
  const auto axes = shown_axes(sweep);
  const auto folder = folder_of_all(outcomes);

  std::vector<std::string> titles{""};
  for (const auto axis : axes) titles.push_back(">" + sweep.names[axis]);
  if (validation) titles.emplace_back(accuracy ? ">validation accuracy" : ">validation loss");  // what is chosen by
  for (const char* column : {accuracy ? ">test accuracy" : ">test loss", ">best", ">time", "result"})
    titles.emplace_back(column);
  TextTable table(titles);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    std::vector<std::string> row{best && setting_of(sweep, i) == best->setting ? "*" : ""};
    for (const auto axis : axes) row.push_back(sweep.runs[i].values[axis]);
    const auto& [result, error, thrown] = outcomes[i];
    if (error) {
      if (validation) row.emplace_back("-");
      row.insert(row.end(), {"-", "-", "-", is_stop(error->fault()) ? "stopped" : "FAILED"});
    } else {
      const auto& curve = metric(result.test, accuracy);
      const double top = accuracy ? *std::ranges::max_element(curve) : *std::ranges::min_element(curve);
      const std::string path =
          result.json.empty() ? "not written (no_logs)" : result.json.lexically_relative(folder).string();
      const bool diverged = result.divergence.has_value();  // its list ends with what it began with
      if (validation) row.push_back(diverged ? "-" : fixed(metric(result.valid, accuracy).back(), 4));
      row.insert(row.end(), {diverged ? "-" : fixed(curve.back(), 4), diverged ? "-" : fixed(top, 4),
                             clock_text(result.total_seconds), (diverged ? "diverged: " : "") + path});
    }
    table.add(std::move(row));
  }
  const std::string where = folder.empty() ? "" : "results in " + folder.string() + "\n";
  const std::string out = table.text();
  if (!best) return out + no_best_text(outcomes) + where;
  std::string named;
  for (std::size_t axis = 0, at = 0; axis < sweep.names.size(); ++axis) {
    if (is_seed(sweep.names[axis])) continue;
    const auto& value = best->setting[at++];
    if (std::ranges::find(axes, axis) != axes.end())
      named += (named.empty() ? "" : ", ") + sweep.names[axis] + " " + value;
  }
  const auto [all, complete] = count_settings(sweep, outcomes);
  const std::string of =
      complete == all ? "* best setting: " : text("* best of the complete settings, ", complete, " of ", all, ": ");
  return out + of + (named.empty() ? "" : named + ", ") + "final " + (validation ? "validation " : "test ") +
         (accuracy ? "accuracy " : "loss ") + fixed(best->mean, 4) +
         (best->seeds > 1 ? ", mean of " + counted(best->seeds, "seed") : "") + "\n" + where;
}

}  // namespace deepobs
