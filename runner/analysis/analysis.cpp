#include "runner/analysis/analysis.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"
#include "engine/base/nearest_name.h"
#include "runner/analysis/protocol.h"
#include "runner/analysis/reading/folder_walk.h"
#include "runner/results/run_path.h"
#include "runner/results/text/counted.h"
#include "runner/results/text/python_text.h"

namespace deepobs {
namespace {

namespace fs = std::filesystem;

/// The name that folders stand for: that of the files in them, where the folder is called after it.
std::string name_in(const std::string& folder, const std::string& in_file) {
  return encode_name(in_file) == folder ? in_file : folder;
}

bool is_asked(const std::vector<std::string>& asked, const std::string& folder) {
  return asked.empty() ||
         std::ranges::any_of(asked, [&](const auto& name) { return name == folder || encode_name(name) == folder; });
}

/// A name that is nowhere is an error: what it was meant for would be missing without a word.
void check_names(std::string_view kind, const std::vector<std::string>& asked, const std::set<std::string>& folders) {
  for (const auto& name : asked)
    require(folders.contains(name) || folders.contains(encode_name(name)), Fault::usage,
            unknown_name_text(kind, name, std::vector<std::string>(folders.begin(), folders.end())));
}

/// One tree: the results, or a reference.
struct Tree {
  fs::path folder;
  bool is_reference = false;
  FolderWalk walk;
};

class Analyzer {
 public:
  explicit Analyzer(const AnalysisQuestion& question) : question_(question) {
    if (!question.metric.empty()) metric_ = metric_named(question.metric);
  }

  Analysis run() {
    trees_.push_back({question_.results, false, walk_results(question_.results)});
    for (const auto& folder : question_.references) trees_.push_back({folder, true, walk_results(folder)});
    check_folders();
    require(trees_[0].walk.files > 0 || !trees_[0].walk.findings.empty(), Fault::missing, "there are no results in '",
            question_.results.string(),
            "': a result is a file below PROBLEM/OPTIMIZER/SETTING/ that is called random_seed__*.json");
    find_convergence();
    select();
    for (const Tree& tree : trees_) read(tree);
    for (auto& problem : out_.problems) finish(problem);
    add_notes();
    std::ranges::stable_sort(out_.findings, [](const Finding& a, const Finding& b) {
      return std::pair(!a.is_warning(), a.kind) < std::pair(!b.is_warning(), b.kind);
    });
    return std::move(out_);
  }

 private:
  void tell(FindingKind kind, std::string text, std::vector<std::string> places = {}) {
    out_.findings.push_back({kind, std::move(text), std::move(places)});
  }

  /// A folder that is given twice would have twice the runs, and twice the tuning budget.
  void check_folders() const {
    std::set<fs::path> folders;
    for (const Tree& tree : trees_)
      require(folders.insert(fs::canonical(tree.folder)).second, Fault::usage, "the reference '", tree.folder.string(),
              "' is given twice, or is the folder of the results; give each folder once");
  }

  void find_convergence() {
    fs::path path = question_.convergence;
    for (const Tree& tree : trees_) {
      std::error_code error;
      const fs::path own = tree.folder / "convergence_performance.json";
      if (path.empty() && fs::is_regular_file(own, error)) path = own;
    }
    if (!path.empty()) convergence_ = read_convergence(path);
  }

  /// Leaves what is asked for; of a reference only the problems that the results have.
  void select() {
    std::set<std::string> problems, optimizers, own_problems;
    for (const Tree& tree : trees_)
      for (const auto& setting : tree.walk.settings) {
        problems.insert(setting.problem);
        optimizers.insert(setting.optimizer);
        if (!tree.is_reference) own_problems.insert(setting.problem);
      }
    check_names("problem", question_.problems, problems);
    check_names("optimizer", question_.optimizers, optimizers);
    for (Tree& tree : trees_) {
      const auto concerns = [&](const std::string& problem) {
        return is_asked(question_.problems, problem) && (!tree.is_reference || own_problems.contains(problem));
      };
      std::erase_if(tree.walk.settings, [&](const SettingFolder& setting) {
        return !concerns(setting.problem) || (!tree.is_reference && !is_asked(question_.optimizers, setting.optimizer));
      });
      if (tree.is_reference || !question_.problems.empty()) select_findings(tree, concerns);
    }
  }

  /// Leaves of the empty and repeated folders those of problems that are analyzed. A folder that cannot be looked into
  /// may hold any problem.
  template <class Concerns>
  static void select_findings(Tree& tree, const Concerns& concerns) {
    const fs::path root = fs::canonical(tree.folder);
    std::vector<Finding> left;
    for (Finding& finding : tree.walk.findings) {
      if (finding.kind != FindingKind::unreadable_folder)
        std::erase_if(finding.places, [&](const std::string& place) {
          const fs::path path = root / place;
          return std::none_of(path.begin(), path.end(), [&](const fs::path& name) { return concerns(name.string()); });
        });
      if (!finding.places.empty()) left.push_back(folder_finding(finding.kind, std::move(finding.places)));
    }
    tree.walk.findings = std::move(left);
  }

  void read(const Tree& tree) {
    std::int64_t done = 0, all = 0;
    for (const auto& setting : tree.walk.settings) all += static_cast<std::int64_t>(setting.files.size());
    SettingReader reader(question_.strict);
    std::vector<std::string> unusable;
    for (const auto& folder : tree.walk.settings) {
      if (question_.progress) question_.progress(done, all);
      done += static_cast<std::int64_t>(folder.files.size());
      const SettingRuns setting = reader.read(folder);
      if (setting.runs.empty()) {
        unusable.push_back(folder.place);
        continue;
      }
      const ReadResult& first = setting.runs.front().result;
      ProblemAnalysis& problem = problem_named(name_in(folder.problem, first.problem));
      OptimizerAnalysis& optimizer = optimizer_named(problem, name_in(folder.optimizer, first.optimizer), tree);
      const auto performance = convergence_.find(problem.name);
      optimizer.settings.push_back(
          summary_of(setting, performance == convergence_.end() ? std::nullopt : std::optional(performance->second)));
      folders_[{problem.name, optimizer.name, optimizer.settings.size() - 1}] = &folder;
    }
    add_findings(tree, reader, std::move(unusable));
  }

  void add_findings(const Tree& tree, SettingReader& reader, std::vector<std::string> unusable) {
    FileCounts counts = reader.counts();
    counts.other = tree.walk.other_files;
    if (!tree.is_reference) out_.files = counts;
    if (tree.is_reference) {
      FileCounts& sum = out_.reference_files;
      sum.found += counts.found, sum.used += counts.used, sum.unreadable += counts.unreadable;
      sum.incomplete += counts.incomplete, sum.duplicates += counts.duplicates, sum.mixed += counts.mixed;
      sum.other += counts.other;
    }
    auto findings = reader.take_findings();
    findings.insert(findings.end(), tree.walk.findings.begin(), tree.walk.findings.end());
    if (!unusable.empty()) {
      const auto count = counted(static_cast<std::int64_t>(unusable.size()), "folder");
      findings.push_back({FindingKind::empty_folder, "no run can be used of " + count, std::move(unusable)});
    }
    for (auto& finding : findings) {
      if (tree.is_reference) finding.text = "reference " + tree.folder.string() + ": " + finding.text;
      out_.findings.push_back(std::move(finding));
    }
  }

  ProblemAnalysis& problem_named(const std::string& name) {
    const auto at = std::ranges::lower_bound(out_.problems, name, {}, &ProblemAnalysis::name);
    if (at != out_.problems.end() && at->name == name) return *at;
    return *out_.problems.insert(at, {.name = name});
  }

  OptimizerAnalysis& optimizer_named(ProblemAnalysis& problem, std::string name, const Tree& tree) {
    const std::string reference = tree.is_reference ? tree.folder.string() : "";
    const auto known = [&](const std::string& of) {
      return std::ranges::any_of(problem.optimizers,
                                 [&](const auto& each) { return each.name == of && each.reference != reference; });
    };
    // The same name in two trees is two optimizers, as far as anybody can tell.
    if (known(name)) name += " (reference)";
    for (int i = 2; known(name); ++i) name = name.substr(0, name.rfind(" (reference")) + text(" (reference ", i, ")");
    for (auto& each : problem.optimizers)
      if (each.name == name && each.reference == reference) return each;
    return problem.optimizers.emplace_back(OptimizerAnalysis{.name = name, .reference = reference});
  }

  void finish(ProblemAnalysis& problem) {
    bool accuracies = false;
    for (const auto& optimizer : problem.optimizers)
      for (const auto& setting : optimizer.settings)
        accuracies |= setting.metrics[ResultMetric::test_accuracies].has_value();
    problem.metric = test_metric(judged_by_accuracy(problem.name, accuracies));
    if (const auto at = convergence_.find(problem.name); at != convergence_.end()) problem.convergence = at->second;
    for (auto& optimizer : problem.optimizers) choose(problem, optimizer);
    look_at(problem);
  }

  /// Settings are chosen by the metric that is asked for, or, as DeepOBS 1.2 goes on, by validation losses, or by test
  /// losses; where none is asked for, by that of the problem, of the validation set if there is one.
  void find_metric(const ProblemAnalysis& problem, OptimizerAnalysis& optimizer, const std::string& who) {
    const auto all_have = [&](ResultMetric metric) {
      return std::ranges::all_of(optimizer.settings, [&](const SettingSummary& each) {
        return each.metrics[metric] && each.metrics[metric]->final.n == static_cast<std::int64_t>(each.runs.size());
      });
    };
    const ResultMetric asked = metric_.value_or(valid_metric(is_accuracy(problem.metric)));
    optimizer.chosen_by = all_have(asked)                        ? asked
                          : !metric_                             ? problem.metric
                          : all_have(ResultMetric::valid_losses) ? ResultMetric::valid_losses
                                                                 : ResultMetric::test_losses;
    if (metric_ && optimizer.chosen_by != *metric_)
      without_metric_.push_back(text(who, " (by ", name_of(optimizer.chosen_by), ")"));
  }

  void choose(const ProblemAnalysis& problem, OptimizerAnalysis& optimizer) {
    const std::string who = optimizer.name + " on " + problem.name;
    find_metric(problem, optimizer, who);
    for (const ChoiceMode mode : all_modes) {
      const auto index = chosen_setting(optimizer.settings, mode, optimizer.chosen_by);
      optimizer.chosen[static_cast<std::size_t>(mode)] = index;
      if (index && !optimizer.curves.contains(*index)) read_curves(problem, optimizer, *index);
    }
    if (!optimizer.setting(ChoiceMode::final))
      tell(FindingKind::no_choice,
           text(who, ": no setting can be the best: no last value of ", name_of(optimizer.chosen_by), " is a number"));
    const auto diverged = [&](ChoiceMode mode) {
      return optimizer.setting(mode) ? optimizer.setting(mode)->diverged() : 0;
    };
    const std::int64_t worst =
        std::max({diverged(ChoiceMode::final), diverged(ChoiceMode::best), diverged(ChoiceMode::most)});
    if (worst > 0)
      tell(FindingKind::diverged, text(who, ": ", counted(worst, "run"),
                                       " of a chosen setting diverged and are in its means; the lists of such "
                                       "a run go on with NaN, or with the performance before training"));
    look_at_most(who, optimizer);
    look_at_rates(who, optimizer);
  }

  void look_at_most(const std::string& who, const OptimizerAnalysis& optimizer) {
    const auto& settings = optimizer.settings;
    if (settings.size() < 2) return;
    if (have_equal_runs(settings)) {
      equal_.push_back(who);
      return;
    }
    const std::size_t most = optimizer.setting(ChoiceMode::most)->runs.size();
    const auto as_many = std::ranges::count_if(settings, [&](const auto& each) { return each.runs.size() == most; });
    if (as_many > 1) tied_.push_back(text(who, ", ", as_many, " of ", most, " runs"));
  }

  /// A best learning rate with none beyond it may be far from the best there is.
  void look_at_rates(const std::string& who, const OptimizerAnalysis& optimizer) {
    std::set<double> rates;
    for (const auto& setting : optimizer.settings)
      if (setting.learning_rate) rates.insert(*setting.learning_rate);
    const auto* best = optimizer.setting(ChoiceMode::final);
    if (rates.size() < 3 || best == nullptr || !best->learning_rate) return;
    const double rate = *best->learning_rate;
    if (rate == *rates.begin() || rate == *rates.rbegin()) at_edge_.push_back(text(who, " (", python_repr(rate), ")"));
  }

  /// The more settings of an optimizer are tried, the better its best one looks.
  void look_at_budgets(const ProblemAnalysis& problem) {
    std::size_t least = 0, most = 0;
    std::string all;
    for (const auto& optimizer : problem.optimizers) {
      const std::size_t settings = optimizer.settings.size();
      least = least == 0 ? settings : std::min(least, settings);
      most = std::max(most, settings);
      all += text(all.empty() ? "" : ", ", optimizer.name, " ", settings);
    }
    if (most > 2 * least) budgets_.push_back(text(problem.name, " (", all, " settings)"));
  }

  void read_curves(const ProblemAnalysis& problem, OptimizerAnalysis& optimizer, std::size_t index) {
    // Files that came since belong to no number, and what is wrong with the others was said before.
    const SettingSummary& setting = optimizer.settings[index];
    SettingFolder folder = *folders_.at({problem.name, optimizer.name, index});
    folder.files.clear();
    for (const auto& run : setting.runs) folder.files.push_back(run.file);
    SettingReader reader(question_.strict);
    SettingCurves curves{reader.read(folder).runs, {}};
    if (curves.runs.size() != setting.runs.size())
      tell(FindingKind::unreadable,
           text(counted(static_cast<std::int64_t>(setting.runs.size() - curves.runs.size()), "run"),
                " of a chosen setting changed while they were read, and are absent from its curves"),
           {setting.place});
    for (const ResultMetric metric : all_metrics)
      if (const auto lists = lists_of(curves.runs, metric); !lists.empty()) curves.bands[metric] = bands_of(lists);
    optimizer.curves.emplace(index, std::move(curves));
  }

  void look_at(const ProblemAnalysis& problem) {
    for (auto& finding : protocol_findings(problem)) out_.findings.push_back(std::move(finding));
    std::int64_t diverged = 0, runs = 0;
    bool on_test = false;
    for (const auto& optimizer : problem.optimizers) {
      runs += optimizer.runs();
      for (const auto& setting : optimizer.settings) diverged += setting.diverged();
      on_test |= is_test(optimizer.chosen_by) && optimizer.settings.size() > 1;
    }
    if (diverged > 0) diverged_.push_back(text(problem.name, ' ', diverged, " of ", runs));
    if (on_test) on_test_.push_back(problem.name);
    if (!problem.convergence) without_speed_.push_back(problem.name);
    look_at_budgets(problem);
  }

  void add_notes() {
    if (!without_metric_.empty())
      tell(FindingKind::missing_metric,
           text("not all runs have ", name_of(*metric_), ", and settings are chosen by another metric"),
           std::move(without_metric_));
    const auto note_of = [&](const char* what, std::vector<std::string>& places) {
      if (!places.empty()) tell(FindingKind::note, what, std::move(places));
    };
    note_of("runs that diverged", diverged_);
    note_of(
        "settings are chosen and reported on the test set, which is optimistic (deepobs run --validation holds out a "
        "set to choose on)",
        on_test_);
    note_of("the best learning rate is at the edge of those tried", at_edge_);
    note_of("tuning budgets differ", budgets_);
    note_of("no speed without a convergence performance (--convergence FILE)", without_speed_);
    note_of("all settings have equally many runs, so mode most is mode final", equal_);
    note_of("several settings have most runs; mode most takes the first by name, as DeepOBS does", tied_);
  }

  const AnalysisQuestion& question_;
  std::optional<ResultMetric> metric_;
  std::vector<Tree> trees_;
  ConvergencePerformances convergence_;
  std::map<std::tuple<std::string, std::string, std::size_t>, const SettingFolder*> folders_;
  // Where the notes hold.
  std::vector<std::string> diverged_, on_test_, without_speed_, equal_, tied_, at_edge_, budgets_, without_metric_;
  Analysis out_;
};

}  // namespace

std::int64_t OptimizerAnalysis::runs() const {
  std::int64_t all = 0;
  for (const auto& setting : settings) all += static_cast<std::int64_t>(setting.runs.size());
  return all;
}

std::size_t Analysis::warnings() const {
  return static_cast<std::size_t>(std::ranges::count_if(findings, [](const auto& each) { return each.is_warning(); }));
}

Analysis analyze(const AnalysisQuestion& question) { return Analyzer(question).run(); }

}  // namespace deepobs
