#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "runner/results/json/json_reader.h"
#include "tests/cli/small_disk.h"
#include "tests/cli/workplace.h"
#include "tests/under_thread_sanitizer.h"

namespace deepobs::test {
namespace {

namespace fs = std::filesystem;

/// Where a message says that the complete result is kept; empty: it does not.
fs::path kept_in(const std::string& message) {
  const std::string before = " is kept in '";
  const auto at = message.find(before);
  if (at == std::string::npos) return {};
  const auto begin = at + before.size();
  return message.substr(begin, message.find('\'', begin) - begin);
}

/// A run whose result of about 40 kB goes to disk/results.
std::vector<std::string> run_onto_disk() {
  return {"run", "fmnist_logreg", "-o",         "SGD",  "--lr",         "1e-4",         "--bs",   "64",
          "-N",  "150",           "--data_dir", "data", "--output_dir", "disk/results", "--quiet"};
}

TEST_CASE("full_disk: on a disk that fills up there is the complete result, or status 74 and it is kept elsewhere") {
  std::vector<std::string> disks;
  for (int kilobytes = 4; kilobytes <= 80; kilobytes += 4) disks.push_back("size=" + std::to_string(kilobytes) + "k");
  for (int files = 1; files <= 12; ++files) disks.push_back("nr_inodes=" + std::to_string(files));

  if (under_thread_sanitizer) {  // the disks differ in where one thread fails to write
    std::size_t number = 0;
    std::erase_if(disks, [&](const std::string&) { return number++ % 4 > 0; });
  }

  int full = 0, complete = 0, saved = 0;
  for (const auto& options : disks) {
    INFO(options);
    const Workplace place;
    const SmallDisk disk(place / "disk", options);
    if (!disk.mounted()) {
      MESSAGE("skipped: no small disk can be mounted here: ", disk.why());
      return;
    }
    fs::create_directory(place / "tmp");
    const auto finished =
        run_program(run_onto_disk(), {.folder = place.path(), .environment = {"TMPDIR=" + (place / "tmp").string()}});
    INFO(finished.err);
    const auto left = tree(place / "disk");
    if (finished.status == 0) {
      ++complete;
      REQUIRE(left.size() == 5);
      require_full_lists(read_result(place / "disk" / left.back()), left.back());
      CHECK(tree(place / "tmp").empty());
      continue;
    }
    CHECK(finished.status == 74);
    CHECK(finished.err.find("No space left on device") != std::string::npos);
    CHECK(finished.err.find("disk/results") != std::string::npos);
    CHECK(tree(place / "disk/results").empty());
    const fs::path kept = kept_in(finished.err);
    if (kept.empty()) {  // found out before the training
      CHECK(finished.err.find("deepobs: cannot write to the results folder") != std::string::npos);
      CHECK(left.empty());
      CHECK(tree(place / "tmp").empty());
      continue;
    }
    ++full;
    require_full_lists(read_result(kept), kept.string());
    if (!left.empty()) ++saved;  // the file fitted, but not the folders above it
  }
  CHECK(full >= (under_thread_sanitizer ? 3 : 10));
  CHECK(complete >= (under_thread_sanitizer ? 2 : 5));
  MESSAGE(full, " disks were full (", saved, " kept the result aside), ", complete, " held the result");
}

TEST_CASE("full_disk: a run that keeps checkpoints goes on to the same bytes when there is room again") {
  const std::string why = goes_on_after_full_disks(under_thread_sanitizer ? 3 : 20);
  if (!why.empty()) MESSAGE("skipped: no small disk can be mounted here: ", why);
}

TEST_CASE("full_disk: a result whose folder has gone while it was computed is kept") {
  const Workplace place;
  fs::create_directories(place / "gone");
  fs::create_directories(place / "tmp");
  Program program({"run", "fmnist_mlp", "-o", "SGD", "--lr", "0.001", "--bs", "32", "-N", "30", "--data_dir",
                   (place / "data").string()},
                  {.folder = place / "gone", .environment = {"TMPDIR=" + (place / "tmp").string()}});
  REQUIRE(program.wait_for("\n     0 "));
  fs::remove_all(place / "gone");  // the current folder, so that "results" leads nowhere
  const auto finished = program.wait();
  INFO(finished.err);
  CHECK(finished.status == 74);
  const auto kept = tree(place / "tmp");
  REQUIRE(kept.size() == 1);
  CHECK(kept_in(finished.err) == place / "tmp" / kept.front());
  require_full_lists(read_result(kept_in(finished.err)), kept.front());
}

TEST_CASE("full_disk: a result that no place has room for is part of the message") {
  const Workplace place;
  // 51200 bytes; the result has more. The limit holds for every file.
  auto longer = run_onto_disk();
  *(std::ranges::find(longer, "150")) = "300";
  const auto finished = run_with_file_limit(100, longer, {.folder = place.path()});
  CHECK(finished.status == 74);
  CHECK(finished.err.find("File too large") != std::string::npos);
  CHECK(tree(place / "disk").empty());
  const auto begin = finished.err.find("\n{");
  REQUIRE(begin != std::string::npos);
  fs::create_directory(place / "copied");
  std::ofstream(place / "copied/result.json") << finished.err.substr(begin + 1);
  require_full_lists(read_result(place / "copied/result.json"), "the result in the message");
}

TEST_CASE(
    "full_disk: a disk too small for the parameters is reported with path and bytes, and nothing is left of the file") {
  const Workplace place;
  const SmallDisk disk(place / "disk", "size=16k");
  if (!disk.mounted()) {
    MESSAGE("skipped: no small disk can be mounted here: ", disk.why());
    return;
  }
  const auto finished = run_program({"run", "fmnist_logreg", "-o", "SGD", "--lr", "1e-4", "--bs", "64", "-N", "1",
                                     "--data_dir", "data", "--no_logs", "--save_params", "disk/state.safetensors"},
                                    {.folder = place.path()});
  CHECK(finished.status == 74);
  CHECK(finished.err.find("disk/state.safetensors") != std::string::npos);
  CHECK(finished.err.find(" bytes to '") != std::string::npos);
  CHECK(tree(place / "disk").empty());
}

}  // namespace
}  // namespace deepobs::test
