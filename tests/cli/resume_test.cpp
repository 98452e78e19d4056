#include <doctest/doctest.h>
#include <signal.h>

#include <fstream>

#include "tests/cli/power_cut.h"
#include "tests/cli/resumed_run.h"
#include "tests/runner/results/comparable_result.h"

// --resume: what is interrupted goes on where it was, and nothing shows it.

namespace deepobs::test {
namespace {

namespace fs = std::filesystem;

TEST_CASE("resume: a signal ends a run with status 75 and a checkpoint, from which it goes on to the same bytes") {
  const std::string epochs = "300", whole = uninterrupted(run_of(epochs));
  for (const int number : {SIGHUP, SIGINT, SIGTERM, SIGUSR1}) {
    INFO("signal ", number);
    const Workplace place;
    int stops = 0;
    for (;; ++stops) {
      REQUIRE(stops < 50);
      Program program(resumed(epochs, {"--threads", std::to_string(1 + stops % 3)}), {.folder = place.path()});
      // The head of the table, any row of it (the first stop may have come behind the first one), and what comes
      // before.
      const std::vector<std::string> moments{" epoch ", "\n    ", "goes on from a checkpoint"};
      if (stops < 3) {
        if (!program.wait_for(moments[static_cast<std::size_t>(stops)])) {
          const auto ended = program.wait();
          FAIL("stop ", stops, ": status ", ended.status, '\n', ended.out, ended.err);
        }
        program.signal(number);
      }
      const auto finished = program.wait();
      if (finished.status == 0) break;
      INFO(finished.err);
      CHECK(finished.status == 75);
      CHECK(finished.err.find("stopped ") != std::string::npos);
      CHECK(results_in(place).empty());
    }
    CHECK(stops == 3);
    CHECK(result_in(place) == whole);
    check_clean(place);
  }
}

TEST_CASE("resume: killed at any instant, and begun again elsewhere until it is done, a run has the same bytes") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr int rounds = 2;  // a start takes a second there
#else
  constexpr int rounds = 20;
#endif
  CHECK(kill_and_resume({.words = run_of("100"), .rounds = rounds, .first_limit_ms = 20}) > rounds);
}

TEST_CASE("resume: a damaged checkpoint is passed over with a warning, and the one before is used") {
  const std::string epochs = "300", whole = uninterrupted(run_of(epochs));
  const Workplace place;
  leave_checkpoint(place, resumed(epochs));
  const auto files = checkpoints_in(place);
  REQUIRE(files.size() == 2);
  const auto& newest = files.front();
  std::string bytes = content(newest);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  std::ofstream(newest, std::ios::binary) << bytes;
  const auto finished = run_program(resumed(epochs), {.folder = place.path()});
  CHECK(finished.status == 0);
  CHECK((finished.out + finished.err)
            .find(newest.filename().string() + "' is damaged and is passed over: its checksum") != std::string::npos);
  CHECK(result_in(place) == whole);
}

TEST_CASE("resume: two processes do not work on one run") {
  const Workplace place;
  Program first(resumed("100000"), {.folder = place.path()});
  REQUIRE(first.wait_for("\n     0 "));
  const auto second = run_program(resumed("100000"), {.folder = place.path()});
  CHECK(second.status == 74);
  CHECK(second.err.find("another process works on this run") != std::string::npos);
  first.signal(SIGINT);
  CHECK(first.wait().status == 75);
}

TEST_CASE("resume: of a sweep, complete runs are left out and the others go on") {
  const Workplace place;
  const Words seeds{"--random_seed", "1", "2", "3", "--jobs", "1"};
  Program program(resumed("300", seeds), {.folder = place.path()});
  REQUIRE(program.wait_for("1/3  "));
  program.signal(SIGTERM);
  const auto stopped = program.wait();
  INFO(stopped.err);
  CHECK(stopped.status == 75);
  CHECK(stopped.err.find("the same command goes on with the others") != std::string::npos);
  const auto first = results_in(place);
  REQUIRE(!first.empty());
  REQUIRE(first.size() < 3);
  const std::string before = content(place / first.front());

  const auto finished = run_program(resumed("300", seeds), {.folder = place.path()});
  CHECK(finished.status == 0);
  CHECK(finished.out.find("was there already") != std::string::npos);
  CHECK(content(place / first.front()) == before);
  const auto all = results_in(place);
  REQUIRE(all.size() == 3);
  for (const auto& name : all) {
    const std::string seed = name.substr(name.find("random_seed__") + 13, 1);
    CHECK(comparable(place / name, {"threads", "start_utc_offset"}) ==
          uninterrupted(run_of("300", {"--random_seed", seed})));
  }
  check_clean(place);
}

TEST_CASE("resume: the checkpoints lie where checkpoint_dir says") {
  const Workplace place;
  CHECK(run_program(run_of("1", {"--checkpoint_dir", "kept"}), {.folder = place.path()}).status == 64);
  leave_checkpoint(place, resumed("100000", {"--checkpoint_dir", "kept"}));
  for (const auto& name : place.written()) CHECK(name.starts_with("kept"));
  std::ofstream(place / "file") << "no folder";
  const auto finished = run_program(resumed("2", {"--checkpoint_dir", "file"}), {.folder = place.path()});
  CHECK(finished.status == 74);
  CHECK(finished.err.find("make the folder of checkpoints") != std::string::npos);
  CHECK(run_program(resumed("2", {"--checkpoint_seconds", "-1"}), {.folder = place.path()}).status == 64);
}

TEST_CASE("resume: checkpoints of a process that was killed behind its result go with the next one") {
  const Workplace place;
  const Words words = resumed("300", {"--checkpoint_dir", "kept"});
  leave_checkpoint(place, words);
  fs::copy(place / "kept", place / "copy", fs::copy_options::recursive);
  CHECK(run_program(words, {.folder = place.path()}).status == 0);
  CHECK(tree(place / "kept").empty());
  fs::remove(place / "kept");
  fs::rename(place / "copy", place / "kept");
  const auto again = run_program(words, {.folder = place.path()});
  CHECK(again.status == 0);
  CHECK(again.out.find("was there already") != std::string::npos);
  CHECK(tree(place / "kept").empty());
  CHECK(results_in(place).size() == 1);
}

TEST_CASE("resume: the checkpoints of results behind a symbolic link lie beside the results themselves") {
  const Workplace place;
  fs::create_directories(place / "disk/results");
  fs::create_directory_symlink("disk/results", place / "results");
  leave_checkpoint(place, resumed("100000"));
  CHECK_FALSE(fs::exists(place / "results.work"));
  CHECK(fs::exists(place / "disk/results.work/checkpoints"));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they and strace cannot both trace a process
TEST_CASE("resume: after a power cut with lost and reordered writes a run goes on to the same bytes") {
  if (!recovers_from_power_cuts(30)) MESSAGE("skipped: strace is not installed or may not trace processes here");
}
#endif

}  // namespace
}  // namespace deepobs::test
