#include "runner/analysis/analysis.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <random>
#include <thread>

#include "runner/analysis/classic/performance_table.h"
#include "runner/analysis/classic/runtime.h"
#include "runner/analysis/classic/sensitivity.h"
#include "runner/analysis/output/analysis_csv.h"
#include "runner/analysis/output/analysis_json.h"
#include "runner/analysis/output/analysis_text.h"
#include "runner/analysis/output/performance_latex.h"
#include "runner/results/files/publish.h"
#include "tests/error_of.h"
#include "tests/runner/analysis/result_tree.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

Analysis analysis_of(const TempDir& folder) { return analyze({.results = folder.path()}); }

const Finding* finding(const Analysis& analysis, FindingKind kind, const std::string& with = "") {
  for (const auto& each : analysis.findings)
    if (each.kind == kind && finding_text(each, 100).find(with) != std::string::npos) return &each;
  return nullptr;
}

const SettingSummary& chosen(const Analysis& analysis, ChoiceMode mode) {
  const auto* setting = analysis.problems.at(0).optimizers.at(0).setting(mode);
  REQUIRE(setting != nullptr);
  return *setting;
}

}  // namespace

TEST_CASE("analysis: a setting is chosen on the validation set where all runs have one, and reported on the test set") {
  const TempDir folder;
  const auto write = [&](const char* setting, double valid, double test) {
    test::write_run(folder.path(), {.setting = setting,
                                    .test_accuracies = std::vector<double>{0.1, 0.5, test},
                                    .valid_accuracies = std::vector<double>{0.1, 0.5, valid}});
  };
  write("num_epochs__2__lr__1", 0.9, 0.7);
  write("num_epochs__2__lr__2", 0.8, 0.95);
  Analysis analysis = analysis_of(folder);
  CHECK(analysis.problems[0].metric == ResultMetric::test_accuracies);
  CHECK(analysis.problems[0].optimizers[0].chosen_by == ResultMetric::valid_accuracies);
  CHECK(chosen(analysis, ChoiceMode::final).name == "num_epochs__2__lr__1");
  CHECK(chosen(analysis, ChoiceMode::final).final_value(ResultMetric::test_accuracies) == 0.7);
  CHECK(finding(analysis, FindingKind::note, "optimistic") == nullptr);

  analysis = analyze({.results = folder.path(), .metric = "test_accuracies"});
  CHECK(chosen(analysis, ChoiceMode::final).name == "num_epochs__2__lr__2");
  CHECK(finding(analysis, FindingKind::note, "optimistic") != nullptr);

  // One without: the test set it is, for all settings of the optimizer.
  test::write_run(folder.path(),
                  {.setting = "num_epochs__2__lr__3", .test_accuracies = std::vector<double>{0.1, 0.5, 0.6}});
  analysis = analysis_of(folder);
  CHECK(analysis.problems[0].optimizers[0].chosen_by == ResultMetric::test_accuracies);
}

TEST_CASE("analysis: NaN never wins, ties go to the first by name, and nobody wins where all diverged") {
  const TempDir folder;
  const auto write = [&](const char* setting, std::vector<double> losses) {
    test::write_run(
        folder.path(),
        {.problem = "quadratic_deep", .setting = setting, .test_losses = std::move(losses), .test_accuracies = {}});
  };
  write("num_epochs__2__a", {2, NAN, NAN});
  write("num_epochs__2__b", {2, 0.25, 1});
  write("num_epochs__2__c", {2, 0.25, 1});
  write("num_epochs__2__d", {2, HUGE_VAL, -HUGE_VAL});
  Analysis analysis = analysis_of(folder);
  CHECK(chosen(analysis, ChoiceMode::final).name == "num_epochs__2__d");  // as DeepOBS has it
  CHECK(chosen(analysis, ChoiceMode::final).diverged() == 1);
  CHECK(finding(analysis, FindingKind::diverged, "SGD on quadratic_deep") != nullptr);
  std::filesystem::remove_all(folder / "quadratic_deep/SGD/num_epochs__2__d");
  analysis = analysis_of(folder);
  CHECK(chosen(analysis, ChoiceMode::final).name == "num_epochs__2__b");
  CHECK(chosen(analysis, ChoiceMode::best).best_value(ResultMetric::test_losses) == 0.25);
  CHECK(chosen(analysis, ChoiceMode::best).metrics[ResultMetric::test_losses]->best_epoch == 1);
  CHECK(finding(analysis, FindingKind::diverged) == nullptr);
  CHECK(finding(analysis, FindingKind::note, "quadratic_deep 1 of 3") != nullptr);

  for (const char* name : {"b", "c"})
    std::filesystem::remove_all(folder / (std::string("quadratic_deep/SGD/num_epochs__2__") + name));
  analysis = analysis_of(folder);
  CHECK(analysis.problems[0].optimizers[0].setting(ChoiceMode::final) == nullptr);
  CHECK(finding(analysis, FindingKind::no_choice) != nullptr);
  CHECK(analysis_text(analysis, ChoiceMode::final).find("no setting can be chosen") != std::string::npos);
  const std::string json = analysis_json(analysis);
  for (const char* mode : {"final", "most"})
    CHECK(json.find('"' + std::string(mode) + "\": null") != std::string::npos);
}

TEST_CASE("analysis: runs made in different ways are told apart in words") {
  const TempDir folder;
  test::write_run(folder.path(),
                  {.optimizer = "Adam", .batch = 64, .more = R"(, "device": "cpu", "precision": "fp32")"});
  test::write_run(folder.path(), {.optimizer = "SGD",
                                  .more = R"(, "device": "cuda", "precision": "bf16", "deepobs_version": "0.1.0")"});
  const Analysis analysis = analysis_of(folder);
  CHECK(finding(analysis, FindingKind::mixed_protocol, "batch size: 128 (SGD); 64 (Adam)") != nullptr);
  CHECK(finding(analysis, FindingKind::mixed_protocol, "device: cpu (Adam); cuda (SGD)") != nullptr);
  CHECK(finding(analysis, FindingKind::mixed_protocol, "precision: bf16 (SGD); fp32 (Adam)") != nullptr);
  CHECK(finding(analysis, FindingKind::mixed_protocol,
                "version: DeepOBS 1.1 (by its keys) (Adam); deepobs 0.1.0 (SGD)") != nullptr);
  CHECK(finding(analysis, FindingKind::mixed_protocol, "epochs") == nullptr);
  CHECK(analysis.warnings() == 4);
}

TEST_CASE("analysis: references stand beside the results, of the problems that the results have") {
  const TempDir folder, reference;
  test::write_run(folder.path(), {});
  test::write_run(reference.path(), {.test_accuracies = std::vector<double>{0.1, 0.2, 0.3}});
  test::write_run(reference.path(), {.optimizer = "AdamOptimizer"});
  test::write_run(reference.path(), {.problem = "other"});
  test::write_file(reference / "convergence_performance.json", R"({"mnist_mlp": 0.8})");
  const Analysis analysis = analyze({.results = folder.path(), .references = {reference.path()}});
  REQUIRE(analysis.problems.size() == 1);
  REQUIRE(analysis.problems[0].optimizers.size() == 3);
  CHECK(analysis.problems[0].optimizers[0].name == "SGD");
  CHECK(analysis.problems[0].optimizers[0].reference.empty());
  CHECK(analysis.problems[0].optimizers[1].name == "AdamOptimizer");
  CHECK(analysis.problems[0].optimizers[2].name == "SGD (reference)");
  CHECK(analysis.problems[0].optimizers[2].reference == reference.path().string());
  CHECK(analysis.problems[0].optimizers[2].setting(ChoiceMode::final)->final_value(ResultMetric::test_accuracies) ==
        0.3);
  CHECK(analysis.files.found == 1);
  CHECK(analysis.reference_files.found == 2);
  CHECK(*chosen(analysis, ChoiceMode::most).speed(ResultMetric::test_accuracies) == 1);
}

TEST_CASE("analysis: names that are asked for, and those that are nowhere") {
  const TempDir folder;
  test::write_run(folder.path(), {});
  test::write_run(folder.path(), {.optimizer = "Adam"});
  test::write_run(folder.path(), {.problem = "fmnist_mlp"});
  const Analysis analysis = analyze({.results = folder.path(), .problems = {"mnist_mlp"}, .optimizers = {"Adam"}});
  REQUIRE(analysis.problems.size() == 1);
  CHECK(analysis.problems[0].optimizers.size() == 1);
  check_error([&] { analyze({.results = folder.path(), .problems = {"mnist_mpl"}}); }, Fault::usage,
              "did you mean mnist_mlp");
  check_error([&] { analyze({.results = folder.path(), .optimizers = {"Lion"}}); }, Fault::usage, "'Lion'");
  check_error([&] { analyze({.results = folder.path(), .metric = "accuracy"}); }, Fault::usage, "test_accuracies");
  check_error([&] { analyze({.results = folder / "none"}); }, Fault::missing, "none");
  const TempDir empty;
  check_error([&] { analyze({.results = empty.path()}); }, Fault::missing, "no results");
}

TEST_CASE("analysis: --metric says what settings are chosen by, not what is reported") {
  const TempDir folder;
  const auto write = [&](const char* setting, double loss, double accuracy, std::optional<double> valid) {
    test::RunFile run{.setting = setting};
    run.test_losses.back() = loss;
    run.test_accuracies->back() = accuracy;
    if (valid) run.valid_accuracies = std::vector<double>{0.1, 0.5, *valid};
    test::write_run(folder.path(), run);
  };
  write("num_epochs__2__lr__1", 0.3, 0.7, 0.6);
  write("num_epochs__2__lr__2", 0.2, 0.6, 0.5);
  Analysis analysis = analyze({.results = folder.path(), .metric = "test_losses"});
  CHECK(analysis.problems[0].metric == ResultMetric::test_accuracies);
  CHECK(analysis.problems[0].optimizers[0].chosen_by == ResultMetric::test_losses);
  CHECK(chosen(analysis, ChoiceMode::final).name == "num_epochs__2__lr__2");
  CHECK(finding(analysis, FindingKind::note, "optimistic") != nullptr);
  analysis = analyze({.results = folder.path(), .metric = "train_accuracies"});
  CHECK(analysis.problems[0].optimizers[0].chosen_by == ResultMetric::train_accuracies);
  CHECK(analysis.warnings() == 0);

  // Not all have it: DeepOBS 1.2 goes on with validation losses, and then with test losses.
  auto json = test::json_of({.setting = "num_epochs__2__lr__3", .valid_accuracies = std::vector<double>{0, 0, 0}});
  json.replace(json.find("valid_accuracies"), 16, "other_accuracies");
  test::write_file(folder / "mnist_mlp/SGD/num_epochs__2__lr__3/random_seed__1.json", json);
  analysis = analyze({.results = folder.path(), .metric = "valid_accuracies"});
  CHECK(analysis.problems[0].optimizers[0].chosen_by == ResultMetric::valid_losses);
  CHECK(finding(analysis, FindingKind::missing_metric,
                "not all runs have valid_accuracies, and settings are chosen by another metric: SGD on mnist_mlp (by "
                "valid_losses)") != nullptr);
  write("num_epochs__2__lr__4", 0.1, 0.9, std::nullopt);
  analysis = analyze({.results = folder.path(), .metric = "valid_accuracies"});
  CHECK(analysis.problems[0].optimizers[0].chosen_by == ResultMetric::test_losses);
  CHECK(chosen(analysis, ChoiceMode::final).name == "num_epochs__2__lr__4");
}

TEST_CASE("analysis: convergence performances are read, and refused where they are none") {
  const TempDir folder;
  test::write_run(folder.path(), {.test_accuracies = std::vector<double>{0.1, NAN, 0.9}});
  test::write_file(folder / "own.json", R"({"mnist_mlp": 0.9})");
  Analysis analysis = analyze({.results = folder.path(), .convergence = folder / "own.json"});
  CHECK(*chosen(analysis, ChoiceMode::most).speed(ResultMetric::test_accuracies) == 2);
  test::write_file(folder / "own.json", R"({"mnist_mlp": 1})");
  analysis = analyze({.results = folder.path(), .convergence = folder / "own.json"});
  CHECK(*chosen(analysis, ChoiceMode::most).speed(ResultMetric::test_accuracies) ==
        3);  // never: the length of its list
  test::write_file(folder / "own.json", R"({"mnist_mlp": "0.9"})");
  const auto bad = [&] { analyze({.results = folder.path(), .convergence = folder / "own.json"}); };
  check_error(bad, Fault::data, {"own.json", "mnist_mlp", "must be a number"});
  check_error([&] { analyze({.results = folder.path(), .convergence = folder / "no.json"}); }, Fault::missing,
              "no.json");
}

TEST_CASE("analysis: speed is that of the problem's metric and name, over the runs that have the metric") {
  const TempDir folder;
  test::write_run(folder.path(), {.seed = 1, .test_losses = {0.1, 0.1, 0.1}});
  test::write_run(folder.path(), {.seed = 2, .test_losses = {0.1, 0.1, 0.1}, .test_accuracies = {}});
  test::write_run(folder.path(),
                  {.setting = "num_epochs__2__other", .test_losses = {0.1, 0.1, 0.1}, .test_accuracies = {}});
  test::write_file(folder / "convergence_performance.json", R"({"mnist_mlp": 0.85, "copied": 0.75})");
  // The folder has been copied under another name, which is the one that counts.
  std::filesystem::copy(folder / "mnist_mlp", folder / "copied", std::filesystem::copy_options::recursive);
  const Analysis analysis = analysis_of(folder);
  const auto speeds = [&](std::size_t problem) {
    std::vector<std::optional<double>> out;
    for (const auto& setting : analysis.problems.at(problem).optimizers.at(0).settings)
      out.push_back(setting.speed(analysis.problems[problem].metric));
    return out;
  };
  REQUIRE(analysis.problems.size() == 2);
  CHECK(analysis.problems[0].name == "copied");
  CHECK(speeds(0) == std::vector<std::optional<double>>{1, std::nullopt});
  CHECK(speeds(1) == std::vector<std::optional<double>>{2, std::nullopt});
  CHECK(finding(analysis, FindingKind::misplaced, "copied/SGD") != nullptr);
}

TEST_CASE("analysis: a loss of -infinity is as good as any for DeepOBS, NaN never is") {
  CHECK(time_to_convergence(1, {2, -HUGE_VAL}, ResultMetric::test_losses).time == 1);
  CHECK(time_to_convergence(1, {2, -HUGE_VAL}, ResultMetric::test_losses).reached);
  CHECK(time_to_convergence(1, {NAN, 2}, ResultMetric::test_losses).time == 1);
  CHECK_FALSE(time_to_convergence(1, {NAN, 2}, ResultMetric::test_losses).reached);
}

TEST_CASE("analysis: curves are those of the runs that are counted, of the strict reader, too") {
  const TempDir folder;
  test::write_run(folder.path(), {.seed = 1});
  const auto path = test::write_run(folder.path(), {.seed = 2, .test_accuracies = std::vector<double>{0.3, 0.3, 0.3}});
  std::string damaged = test::json_of({.seed = 2});
  damaged.replace(damaged.find("[2.5, 1.5]"), 10, "[2.5, x ]");  // a list that the quick reader passes over
  test::write_file(path, damaged);
  const auto curves = [&](const AnalysisQuestion& question) {
    const Analysis analysis = analyze(question);
    return analysis.problems.at(0).optimizers.at(0).curves.begin()->second.runs.size();
  };
  CHECK(curves({.results = folder.path()}) == 2);
  CHECK(curves({.results = folder.path(), .strict = true}) == 1);
}

TEST_CASE("analysis: runs that come or go while it reads are in no curve, and those that go are told") {
  const TempDir folder;
  test::write_run(folder.path(), {.seed = 1});
  const auto goes = test::write_run(folder.path(), {.seed = 2});
  test::write_run(folder.path(), {.optimizer = "Z"});
  AnalysisQuestion question{.results = folder.path()};
  question.progress = [&](std::int64_t done, std::int64_t all) {
    if (done != 2 || all != 3) return;  // the first setting is read, the second is not
    std::filesystem::remove(goes);
    test::write_run(folder.path(), {.seed = 3});
  };
  const Analysis analysis = analyze(question);
  const auto& optimizer = analysis.problems.at(0).optimizers.at(0);
  CHECK(optimizer.settings[0].runs.size() == 2);
  REQUIRE(optimizer.curves.at(0).runs.size() == 1);
  CHECK(optimizer.curves.at(0).runs[0].result.seed == 1);
  CHECK(finding(analysis, FindingKind::unreadable, "1 run of a chosen setting changed") != nullptr);
}

TEST_CASE("analysis: what is said of folders is said of the problems asked for") {
  const TempDir folder, reference;
  for (const auto* tree : {&folder, &reference}) {
    test::write_run(tree->path(), {.problem = "a"});
    test::write_run(tree->path(), {.problem = tree == &folder ? "b" : "c"});
    for (const char* problem : {"a", "b", "c"})
      std::filesystem::create_directories(*tree / (std::string(problem) + "/SGD/num_epochs__9"));
  }
  const auto places = [](const Analysis& analysis, const std::string& with) {
    const auto* found = finding(analysis, FindingKind::empty_folder, with);
    REQUIRE(found != nullptr);
    return found->places;
  };
  const auto all = analysis_of(folder);
  CHECK(places(all, "") ==
        std::vector<std::string>{"a/SGD/num_epochs__9", "b/SGD/num_epochs__9", "c/SGD/num_epochs__9"});
  const auto one = analyze({.results = folder.path(), .problems = {"a"}});
  CHECK(places(one, "in 1 folder:") == std::vector<std::string>{"a/SGD/num_epochs__9"});
  const auto both = analyze({.results = folder.path(), .references = {reference.path()}});
  CHECK(places(both, "reference").size() == 2);  // the results have no c
}

TEST_CASE("analysis: a folder that is given twice is refused") {
  const TempDir folder, reference;
  test::write_run(folder.path(), {});
  test::write_run(reference.path(), {});
  const auto refused = [&](const std::vector<std::filesystem::path>& references) {
    check_error([&] { analyze({.results = folder.path(), .references = references}); }, Fault::usage,
                {references.back().string(), "given twice"});
  };
  refused({reference.path(), reference / "."});
  refused({folder.path()});
}

TEST_CASE("analysis: relative performances are those of the metric that stands beside them") {
  const TempDir folder;
  const auto write = [&](const char* setting, double valid, double test) {
    test::write_run(folder.path(), {.setting = setting,
                                    .test_accuracies = std::vector<double>{0, 0, test},
                                    .valid_accuracies = std::vector<double>{0, 0, valid}});
  };
  write("num_epochs__2__lr__1", 0.5, 0.4);
  write("num_epochs__2__lr__2", 0.25, 0.8);
  const auto json = analysis_json(analysis_of(folder));
  const auto first = json.find("\"ranking\"");
  CHECK(json.find("\"relative_final\": 0.5", first) < json.find("\"relative_final\": 1", first));
  const auto csv = analysis_csv(analysis_of(folder), ChoiceMode::most).at(1).text;
  CHECK(csv.find("valid_accuracies,0,0.5,0.5\r\n") != std::string::npos);
  CHECK(csv.find("valid_accuracies,1,1.0,1.0\r\n") != std::string::npos);
}

TEST_CASE("analysis: sensitivities over one hyperparameter and two") {
  const TempDir folder;
  const auto write = [&](double rate, double momentum, double value) {
    test::write_run(folder.path(), {.setting = "num_epochs__2__" + std::to_string(rate) + std::to_string(momentum),
                                    .rate = rate,
                                    .test_accuracies = std::vector<double>{0.1, 0.2, value},
                                    .hyperparameters = R"({"nesterov": true, "word": "x", "momentum": )" +
                                                       std::to_string(momentum) + "}"});
  };
  write(0.1, 0.9, 0.5);
  write(0.01, 0.9, 0.25);
  write(0.01, 0.5, 1);
  const Analysis analysis = analysis_of(folder);
  const auto& settings = analysis.problems[0].optimizers[0].settings;
  const auto metric = ResultMetric::test_accuracies;
  const auto rates = learning_rate_sensitivity(settings, ChoiceMode::final, metric);
  REQUIRE(rates.size() == 3);
  CHECK(rates[0].learning_rate == 0.01);
  CHECK(rates[2].learning_rate == 0.1);
  CHECK(rates[2].relative == 0.5);
  const std::vector<std::string> two{"momentum", "lr"};
  const auto points = hyperparameter_sensitivity(settings, two, ChoiceMode::final, metric);
  REQUIRE(points.size() == 3);
  CHECK(points[0].at == std::vector<double>{0.5, 0.01});
  CHECK(points[1].at == std::vector<double>{0.9, 0.01});
  CHECK(points[1].value == 0.25);
  CHECK(points[1].finals == std::vector<double>{0.25});
  const std::vector<std::string> flag{"nesterov"}, word{"word"};
  CHECK(hyperparameter_sensitivity(settings, flag, ChoiceMode::best, metric)[0].at[0] == 1);
  CHECK(hyperparameter_sensitivity(settings, word, ChoiceMode::best, metric).empty());
  check_error([&] { (void)learning_rate_sensitivity(settings, ChoiceMode::most, metric); }, Fault::usage,
              "final or best");
}

TEST_CASE("analysis: run-time overhead from the records, on one machine and batch size") {
  const TempDir folder;
  const auto more = [](const char* seconds, const char* threads) {
    return std::string(R"(, "device": "cpu", "device_name": "AMD", "simd": "avx2", "precision": "fp32", "threads": )") +
           threads + R"(, "train_seconds": )" + seconds;
  };
  test::write_run(folder.path(), {.seed = 1, .more = more("[1, 3]", "2")});
  test::write_run(folder.path(), {.seed = 2, .more = more("[2, 4]", "2")});
  test::write_run(folder.path(), {.optimizer = "Adam", .seed = 1, .more = more("[5, 5]", "2")});
  test::write_run(folder.path(), {.optimizer = "Adam", .seed = 2, .more = more("[10, 10]", "2")});
  test::write_run(folder.path(), {.optimizer = "Adam", .seed = 3, .more = more("[7, 7]", "1")});
  test::write_run(folder.path(), {.optimizer = "Lion"});
  const auto rows = runtime_overheads(analysis_of(folder));
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].machine.find("1 thread") != std::string::npos);
  CHECK_FALSE(rows[0].overhead);
  CHECK(rows[1].optimizer == "Adam");
  CHECK(rows[1].epoch_seconds == 7.5);
  CHECK(*rows[1].overhead == 3);
  CHECK(*rows[1].overhead_std == 1);
  CHECK(rows[1].sgd_runs == 2);
  CHECK(rows[2].optimizer == "SGD");
  CHECK(*rows[2].overhead == 1);
}

TEST_CASE("analysis: what a reader of the numbers should know is a note") {
  const TempDir folder;
  for (const double rate : {0.1, 1., 10.})
    test::write_run(folder.path(), {.setting = "num_epochs__2__lr__" + std::to_string(rate),
                                    .rate = rate,
                                    .test_accuracies = std::vector<double>{0.1, 0.2, 1 - 0.01 * rate}});
  test::write_run(folder.path(), {.optimizer = "Adam"});
  const Analysis analysis = analysis_of(folder);
  CHECK(analysis.warnings() == 0);
  CHECK(finding(analysis, FindingKind::note, "edge of those tried: SGD on mnist_mlp (0.1)") != nullptr);
  CHECK(finding(analysis, FindingKind::note, "budgets differ: mnist_mlp (Adam 1, SGD 3 settings)") != nullptr);
  CHECK(finding(analysis, FindingKind::note,
                "no speed without a convergence performance (--convergence FILE): mnist_mlp") != nullptr);
  CHECK(finding(analysis, FindingKind::note, "mode most is mode final: SGD on mnist_mlp") != nullptr);
}

TEST_CASE("analysis: beside runs that are publishing it never fails and never sees half a file") {
  const TempDir folder;
  const auto results = folder / "results";
  test::write_run(results, {.setting = "num_epochs__2__first"});
  constexpr int runs = 60;
  std::atomic<bool> over = false;
  std::thread publisher([&] {
    for (int seed = 0; seed < runs; ++seed) {
      const auto name = [&](int) { return "random_seed__" + std::to_string(seed) + "__x.json"; };
      publish(results, "mnist_mlp/SGD/num_epochs__2__" + std::to_string(seed % 7), name, test::json_of({.seed = seed}));
    }
    over = true;
  });
  int reads = 0;
  std::int64_t before = 0;
  bool last = false;
  while (!last) {
    last = over;
    const Analysis analysis = analyze({.results = results});
    CHECK(analysis.warnings() == 0);
    CHECK(analysis.files.found == analysis.files.used);
    CHECK(analysis.files.used >= before);
    before = analysis.files.used;
    ++reads;
  }
  publisher.join();
  CHECK(before == runs + 1);
  CHECK(reads >= 2);
}

// Trees made at random of good, damaged and misplaced files: whatever comes, an analysis does, and every file is counted.
TEST_CASE("analysis: trees at random never break it, and no file is lost") {
  std::mt19937_64 random(7);
  const auto one_of = [&](const std::vector<std::string>& all) { return all[random() % all.size()]; };
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    const TempDir folder;
    int written = 0;
    for (std::size_t files = random() % 12 + 1; files > 0; --files) {
      test::RunFile run;
      run.problem = one_of({"mnist_mlp", "quadratic_deep", "</script><b>", "a\nb", "..."});
      run.optimizer = one_of({"SGD", "Adam", "=1+1", "\xff\xfe",
                              "\xe2\x80\xae"
                              "evil"});
      run.setting = one_of({"num_epochs__2", "num_epochs__2__lr__1", "x"});
      run.seed = static_cast<std::int64_t>(random() % 3);
      for (double& loss : run.test_losses)
        loss = std::array{1., static_cast<double>(random() % 9), static_cast<double>(NAN), HUGE_VAL}[random() % 4];
      if (random() % 4 == 0) run.test_losses.pop_back();
      if (random() % 3 == 0) run.test_accuracies.reset();
      if (random() % 3 == 0) run.valid_accuracies = std::vector<double>{0.1, 0.2, 0.3};
      if (random() % 5 == 0) run.batch = 64;
      if (random() % 5 == 0) run.rate = NAN;
      const auto path = folder / run.problem / run.optimizer / run.setting /
                        ("random_seed__" + std::to_string(random() % 99) + ".json");
      if (std::filesystem::exists(path)) continue;
      test::RunFile named = run;
      if (named.optimizer[0] == '\xff') named.optimizer = "x";
      std::string json = test::json_of(named);
      if (random() % 4 == 0) json.resize(random() % json.size());
      test::write_file(path, json);
      ++written;
    }
    const Analysis analysis = analyze({.results = folder.path(), .strict = round % 2 == 0});
    const FileCounts& files = analysis.files;
    CHECK(files.found == written);
    CHECK(files.used + files.unreadable + files.incomplete + files.duplicates + files.mixed == written);
    std::int64_t runs = 0;
    for (const auto& problem : analysis.problems)
      for (const auto& optimizer : problem.optimizers) runs += optimizer.runs();
    CHECK(runs == files.used);
    for (const ChoiceMode mode : all_modes) {
      for (const auto& text : {analysis_text(analysis, mode), performance_latex(performance_table(analysis, mode))})
        for (const char* evil : {"\xe2\x80\xae", "\xff"}) CHECK(text.find(evil) == std::string::npos);
      CHECK(analysis_csv(analysis, mode).size() == 4);
    }
    CHECK(analysis_json(analysis, true) ==
          analysis_json(analyze({.results = folder.path(), .strict = round % 2 == 0}), true));
  }
}

}  // namespace deepobs
