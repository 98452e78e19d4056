#include "runner/analysis/analysis.h"

#include <doctest/doctest.h>

#include <algorithm>
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
  CHECK(analysis_json(analysis).find("\"final\": null") != std::string::npos);
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
  CHECK(*chosen(analysis, ChoiceMode::most).speed == 1);
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
  std::filesystem::create_directory(folder / "mnist_mlp/SGD/x");
  const TempDir empty;
  check_error([&] { analyze({.results = empty.path()}); }, Fault::missing, "no results");
}

TEST_CASE("analysis: convergence performances are read, and refused where they are none") {
  const TempDir folder;
  test::write_run(folder.path(), {.test_accuracies = std::vector<double>{0.1, NAN, 0.9}});
  test::write_file(folder / "own.json", R"({"mnist_mlp": 0.9})");
  Analysis analysis = analyze({.results = folder.path(), .convergence = folder / "own.json"});
  CHECK(*chosen(analysis, ChoiceMode::most).speed == 2);
  test::write_file(folder / "own.json", R"({"mnist_mlp": 1})");
  analysis = analyze({.results = folder.path(), .convergence = folder / "own.json"});
  CHECK(*chosen(analysis, ChoiceMode::most).speed == 3);  // never: the length of its list
  test::write_file(folder / "own.json", R"({"mnist_mlp": "0.9"})");
  const auto bad = [&] { analyze({.results = folder.path(), .convergence = folder / "own.json"}); };
  check_error(bad, Fault::data, {"own.json", "mnist_mlp", "must be a number"});
  check_error([&] { analyze({.results = folder.path(), .convergence = folder / "no.json"}); }, Fault::missing,
              "no.json");
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
        loss = one_of({"1", "2", "nan", "inf"}) == "nan" ? NAN : static_cast<double>(random() % 9);
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
