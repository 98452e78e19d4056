#include "runner/analysis/reading/setting_reader.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/runner/analysis/result_tree.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

struct Read {
  SettingRuns setting;
  FileCounts counts;
  std::vector<Finding> findings;

  std::vector<std::int64_t> seeds() const {
    std::vector<std::int64_t> out;
    for (const auto& run : setting.runs) out.push_back(run.result.seed);
    return out;
  }
  const Finding& finding(FindingKind kind) const {
    const auto at = std::ranges::find(findings, kind, &Finding::kind);
    REQUIRE(at != findings.end());
    return *at;
  }
};

/// Reads a tree of one setting.
Read read(const TempDir& folder, bool strict = false) {
  const FolderWalk walk = walk_results(folder.path());
  REQUIRE(walk.settings.size() == 1);
  SettingReader reader(strict);
  Read out;
  out.setting = reader.read(walk.settings[0]);
  out.setting.folder = nullptr;
  out.counts = reader.counts();
  out.findings = reader.take_findings();
  CHECK(reader.take_findings().empty());
  return out;
}

}  // namespace

TEST_CASE("setting_reader: files that are damaged or too short are left out and named") {
  const TempDir folder;
  const auto path = test::write_run(folder.path(), {.seed = 1});
  test::write_run(folder.path(), {.seed = 2, .test_losses = {2, 1}});
  test::write_file(path.parent_path() / "random_seed__3__x.json", test::json_of({.seed = 3}).substr(0, 100));
  test::write_file(path.parent_path() / "random_seed__4__x.json", "");
  const Read out = read(folder);
  CHECK(out.seeds() == std::vector<std::int64_t>{1});
  CHECK(out.counts.found == 4);
  CHECK(out.counts.used == 1);
  CHECK(out.counts.unreadable == 2);
  CHECK(out.counts.incomplete == 1);
  const Finding& unreadable = out.finding(FindingKind::unreadable);
  REQUIRE(unreadable.places.size() == 2);
  CHECK(unreadable.places[0].find("random_seed__3__x.json (is not valid JSON") != std::string::npos);
  CHECK(out.finding(FindingKind::incomplete).places[0].find("\"train_losses\" has 2 values") != std::string::npos);
}

TEST_CASE("setting_reader: of one seed the newest run counts") {
  const TempDir folder;
  test::write_run(folder.path(), {.seed = 1, .test_losses = {2, 1, 9}}, "2026-11-26-10-00-00");
  test::write_run(folder.path(), {.seed = 1, .test_losses = {2, 1, 5}}, "2026-11-27-10-00-00");
  test::write_run(folder.path(), {.seed = 2, .test_losses = {2, 1, 8}},
                  "2__2026-11-25-10-00-00");  // a second of its second
  test::write_run(folder.path(), {.seed = 2});
  const Read out = read(folder);
  CHECK(out.seeds() == std::vector<std::int64_t>{1, 2});
  CHECK(out.setting.runs[1].result.test_losses.back() == 0.5);
  CHECK(out.setting.runs[0].result.test_losses.back() == 5);
  CHECK(out.counts.duplicates == 2);
  CHECK(out.finding(FindingKind::duplicate).places[0].find("2026-11-26-10-00-00.json (seed 1)") != std::string::npos);
}

TEST_CASE("setting_reader: what was made in another way than most of its folder is left out") {
  const TempDir folder;
  test::write_run(folder.path(), {.seed = 1, .batch = 64});
  test::write_run(folder.path(), {.seed = 2});
  test::write_run(folder.path(), {.seed = 3, .hyperparameters = R"({"momentum": 0.99})"});
  test::write_run(folder.path(), {.seed = 4});
  test::write_run(folder.path(), {.seed = 5, .rate = 0.1000000000000001});  // as a name of ten digits has it
  const Read out = read(folder);
  CHECK(out.seeds() == std::vector<std::int64_t>{2, 4, 5});
  CHECK(out.counts.mixed == 2);
  const auto& places = out.finding(FindingKind::mixed_setting).places;
  CHECK(places[0].find("(batch_size 64, not 128)") != std::string::npos);
  CHECK(places[1].find("momentum 9.9e-01") != std::string::npos);
}

TEST_CASE("setting_reader: a rate of 1 is one of 1.0") {
  const TempDir folder;
  test::write_run(folder.path(), {.seed = 1, .hyperparameters = R"({"momentum": 1})"});
  test::write_run(folder.path(), {.seed = 2, .hyperparameters = R"({"momentum": 1.0})"});
  CHECK(read(folder).counts.used == 2);
}

TEST_CASE("setting_reader: the order of hyperparameters makes no other setting") {
  const TempDir folder;
  test::write_run(folder.path(), {.seed = 1, .hyperparameters = R"({"momentum": 0.9, "nesterov": true})"});
  test::write_run(folder.path(), {.seed = 2, .hyperparameters = R"({"nesterov": true, "momentum": 0.9})"});
  CHECK(read(folder).counts.used == 2);
}

TEST_CASE("setting_reader: of equally many that differ the first by name is the rule") {
  const TempDir folder;
  test::write_run(folder.path(), {.seed = 1, .batch = 64});
  test::write_run(folder.path(), {.seed = 2, .batch = 32});
  CHECK(read(folder).seeds() == std::vector<std::int64_t>{1});
}

TEST_CASE("setting_reader: files in the wrong place and lists that others have are told") {
  const TempDir folder;
  const auto path = test::write_run(folder.path(), {.seed = 1});
  test::write_run(folder.path(), {.seed = 2, .test_accuracies = {}});
  Read out = read(folder);
  CHECK(out.counts.used == 2);
  const Finding& missing = out.finding(FindingKind::missing_list);
  CHECK(missing.text.starts_with("1 file: lists are absent"));
  REQUIRE(missing.places.size() == 1);
  CHECK(missing.places[0].find("(train_accuracies, test_accuracies)") != std::string::npos);
  const TempDir other;
  test::write_file(other / "mnist_mlp/Adam/num_epochs__2/random_seed__1__x.json", test::json_of({}));
  CHECK(read(other).finding(FindingKind::misplaced).places[0].find("(mnist_mlp, SGD)") != std::string::npos);
}

TEST_CASE("setting_reader: the strict one looks into mini-batch losses, and at what check_output asks for") {
  const TempDir folder;
  std::string json = test::json_of({});
  json.replace(json.find("[2.5, 1.5]"), 10, "[2.5, oops");
  test::write_file(folder / "mnist_mlp/SGD/num_epochs__2/random_seed__1__x.json", json);
  CHECK(read(folder).counts.used == 0);  // the bracket that is gone is seen by either
  json.replace(json.find("[2.5, oops"), 10, "[2.5, xx] ");
  test::write_file(folder / "mnist_mlp/SGD/num_epochs__2/random_seed__1__x.json", json);
  CHECK(read(folder).counts.used == 1);
  CHECK(read(folder, true).counts.unreadable == 1);
  test::write_file(folder / "mnist_mlp/SGD/num_epochs__2/random_seed__1__x.json",
                   R"({"testproblem": "mnist_mlp", "batch_size": 1, "num_epochs": 1, "random_seed": 43,
    "optimizer_name": "SGD", "optimizer_hyperparams": {"lr": 0.01}, "training_params": {},
    "train_losses": [3, 2], "test_losses": [3, 2]})");
  CHECK(read(folder).findings.empty());
  CHECK(read(folder, true).finding(FindingKind::unchecked).places[0].find("valid_losses") != std::string::npos);
}

}  // namespace deepobs
