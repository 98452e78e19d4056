#include "runner/analysis/reading/folder_walk.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/error_of.h"
#include "tests/runner/analysis/result_tree.h"
#include "tests/temp_dir.h"

namespace deepobs {

namespace fs = std::filesystem;

TEST_CASE("folder_walk: problems, optimizers and settings by name, and what is no run") {
  const TempDir folder;
  test::write_file(folder / "b/SGD/num_epochs__1/random_seed__2__x.json", "");
  test::write_file(folder / "b/SGD/num_epochs__1/random_seed__1__x.json", "");
  test::write_file(folder / "b/SGD/num_epochs__1/notes.txt", "");
  test::write_file(folder / "b/Adam/first/anything.json", "");
  test::write_file(folder / "a/SGD/num_epochs__1/random_seed__1__x.json", "");
  test::write_file(folder / "convergence_performance.json", "");
  test::write_file(folder / "a/SGD/tuning_log.json", "");
  const FolderWalk walk = walk_results(folder.path());
  REQUIRE(walk.settings.size() == 3);
  CHECK(walk.settings[0].place == "a/SGD/num_epochs__1");
  CHECK(walk.settings[1].optimizer == "Adam");
  CHECK(walk.settings[1].files == std::vector<std::string>{"anything.json"});
  CHECK(walk.settings[2].problem == "b");
  CHECK(walk.settings[2].name == "num_epochs__1");
  CHECK(walk.settings[2].files == std::vector<std::string>{"random_seed__1__x.json", "random_seed__2__x.json"});
  CHECK(walk.files == 4);
  CHECK(walk.other_files == 3);
  CHECK(walk.findings.empty());
}

TEST_CASE("folder_walk: the folder of a problem, an optimizer or a setting will do") {
  const TempDir folder;
  test::write_file(folder / "b/SGD/num_epochs__1/random_seed__1__x.json", "");
  for (const char* below : {"", "b", "b/SGD", "b/SGD/num_epochs__1", "b/SGD/../SGD/."}) {
    CAPTURE(below);
    const FolderWalk walk = walk_results(folder / below);
    REQUIRE(walk.settings.size() == 1);
    CHECK(walk.settings[0].problem == "b");
    CHECK(walk.settings[0].optimizer == "SGD");
    CHECK(walk.settings[0].name == "num_epochs__1");
    CHECK(fs::exists(walk.settings[0].path / walk.settings[0].files[0]));
  }
}

TEST_CASE("folder_walk: empty folders are named, links are followed once") {
  const TempDir folder;
  test::write_file(folder / "b/SGD/num_epochs__1/random_seed__1__x.json", "");
  fs::create_directories(folder / "b/SGD/num_epochs__2");
  fs::create_directories(folder / "b/Adam");
  fs::create_directories(folder / "b/SGD/num_epochs__1/logs/deep");  // a run's own folder
  fs::create_directory_symlink(folder.path(), folder / "b/SGD/num_epochs__1/loop");
  fs::create_directory_symlink(folder / "b/SGD", folder / "b/Zero");
  const FolderWalk walk = walk_results(folder.path());
  CHECK(walk.settings.size() == 1);
  REQUIRE(walk.findings.size() == 1);
  CHECK(walk.findings[0].kind == FindingKind::empty_folder);
  CHECK(walk.findings[0].places == std::vector<std::string>{"b/Adam", "b/SGD/num_epochs__2"});
}

TEST_CASE("folder_walk: from wherever it begins, a folder is what it is") {
  const TempDir folder;
  test::write_file(folder / "study/results/b/SGD/num_epochs__1/random_seed__1__x.json", "");
  test::write_file(folder / "study/results/b/SGD/tuning_log.json", "");
  test::write_file(folder / "study/results/b/Adam/first/random_seed__1__x.json", "");
  test::write_file(folder / "study/results/b/Adam/first/notes.json", "");
  fs::create_directories(folder / "study/results/b/SGD/num_epochs__1/logs");
  fs::create_directories(folder / "study/results/b/Adam/first/logs");
  fs::create_directories(folder / "study/results/b/SGD/num_epochs__2");
  for (const char* root : {"", "study", "study/results", "study/results/b"}) {
    CAPTURE(root);
    const FolderWalk walk = walk_results(folder / root);
    REQUIRE(walk.settings.size() == 2);
    CHECK(walk.settings[0].name == "first");
    CHECK(walk.settings[1].name == "num_epochs__1");
    CHECK(walk.files == 2);
    CHECK(walk.other_files == 2);
    REQUIRE(walk.findings.size() == 1);
    REQUIRE(walk.findings[0].places.size() == 1);
    CHECK(walk.findings[0].places[0].ends_with("SGD/num_epochs__2"));
  }
}

TEST_CASE("folder_walk: a setting that is there twice is told") {
  const TempDir folder;
  for (const char* study : {"one", "two"})
    test::write_file(folder / study / "b/SGD/num_epochs__1/random_seed__1__x.json", "");
  test::write_file(folder / "two/b/SGD/num_epochs__2/random_seed__1__x.json", "");
  const FolderWalk walk = walk_results(folder.path());
  CHECK(walk.settings.size() == 3);
  REQUIRE(walk.findings.size() == 1);
  CHECK(walk.findings[0].kind == FindingKind::repeated_folder);
  CHECK(walk.findings[0].places == std::vector<std::string>{"one/b/SGD/num_epochs__1", "two/b/SGD/num_epochs__1"});
}

TEST_CASE("folder_walk: no folder, no walk") {
  const TempDir folder;
  test::write_file(folder / "file", "");
  check_error([&] { walk_results(folder / "none"); }, Fault::missing, "none");
  check_error([&] { walk_results(folder / "file"); }, Fault::usage, {"file", "is no folder"});
}

}  // namespace deepobs
