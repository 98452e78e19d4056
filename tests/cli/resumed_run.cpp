#include "tests/cli/resumed_run.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <thread>

#include "tests/runner/results/comparable_result.h"

namespace deepobs::test {

namespace fs = std::filesystem;

namespace {

Words joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

Words run_of(const std::string& epochs, const Words& more) {
  return joined(
      {"run", "fmnist_logreg", "-o", "Adam", "--lr", "0.001", "--bs", "32", "-N", epochs, "--data_dir", "data"}, more);
}

Words resumed(Words words, const Words& more) {
  return joined(joined(std::move(words), {"--resume", "--checkpoint_seconds", "0"}), more);
}

Words resumed(const std::string& epochs, const Words& more) { return resumed(run_of(epochs), more); }

std::vector<std::string> results_in(const Workplace& place) {
  std::vector<std::string> found;
  for (const auto& name : place.written())
    if (name.ends_with(".json")) found.push_back(name);
  return found;
}

std::string result_in(const Workplace& place) {
  const auto results = results_in(place);
  REQUIRE(results.size() == 1);
  return comparable(place / results.front(), {"threads", "start_utc_offset"});
}

std::string uninterrupted(const Words& words) {
  const Workplace place;
  const auto finished = run_program(words, {.folder = place.path()});
  INFO(finished.err);
  REQUIRE(finished.status == 0);
  return result_in(place);
}

void check_clean(const Workplace& place) {
  for (const auto& name : place.written()) CHECK(name.find(".work") == std::string::npos);
}

void leave_checkpoint(const Workplace& place, const Words& words) {
  Program program(words, {.folder = place.path()});
  if (!program.wait_for("\n     1 ")) {
    const auto ended = program.wait();
    FAIL("status ", ended.status, '\n', ended.out, ended.err);
  }
  program.signal(SIGTERM);
  REQUIRE(program.wait().status == 75);
}

std::vector<fs::path> checkpoints_in(const Workplace& place) {
  std::vector<fs::path> files;
  for (const auto& name : place.written())
    if (name.ends_with(".safetensors")) files.push_back(place / name);
  std::ranges::sort(files, std::ranges::greater(), [](const fs::path& file) { return fs::last_write_time(file); });
  return files;
}

int kill_and_resume(const Kills& kills) {
  const std::string whole = uninterrupted(kills.words);
  std::mt19937 random(7);
  int killed = 0;
  for (int round = 0; round < kills.rounds; ++round) {
    const Workplace place;
    fs::create_directories(place / "data/elsewhere");
    const auto start = [&](int process, bool elsewhere) {
      Words words = resumed(kills.words, {"--threads", std::to_string(1 + process % 3)});
      std::ranges::replace(words, std::string("data"), (place / "data").string());
      words.insert(words.end(), {"--output_dir", (place / "results").string()});
      return std::pair(words, Start{.folder = elsewhere ? place / "data/elsewhere" : place.path(),
                                    .environment = {process % 2 == 0 ? "TZ=Pacific/Kiritimati" : "TZ=UTC",
                                                    process % 2 == 0 ? "LC_ALL=C.utf8" : "LC_ALL=C"}});
    };
    for (int process = 0;; ++process) {
      REQUIRE(process < 200);
      const auto mask = ::umask(process % 2 == 0 ? 0077 : 0022);
      const auto [words, how] = start(process, process % 3 == 1);
      Program program(words, how);
      ::umask(mask);
      // Later ones live longer, so that even a slow machine comes to the end.
      const double limit = kills.first_limit_ms * std::pow(1.3, std::min(process, 30));
      const double instant = std::uniform_real_distribution(0., limit)(random);
      std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(instant));
      program.signal(SIGKILL);
      const auto finished = program.wait();
      if (finished.status == 0) break;
      INFO(finished.err);
      REQUIRE(finished.status == 128 + SIGKILL);
      ++killed;
    }
    // A run that was killed behind its result is complete, too.
    const auto [words, how] = start(0, false);
    CHECK(run_program(words, how).status == 0);
    std::string bytes = result_in(place);  // which tells the data's folder as it was given
    const std::string here = (place / "data").string();
    if (const auto at = bytes.find(here); at != std::string::npos) bytes.replace(at, here.size(), "data");
    CHECK(bytes == whole);
  }
  return killed;
}

}  // namespace deepobs::test
