#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <random>
#include <thread>

#include "tests/cli/power_cut.h"
#include "tests/cli/resumed_run.h"
#include "tests/cli/small_disk.h"
#include "tests/problems/data/make_mat.h"
#include "tests/runner/results/comparable_result.h"

// What docs and README promise of runs that are interrupted, with counts that take minutes.

namespace deepobs::test {
namespace {

namespace fs = std::filesystem;

TEST_CASE("durability: 200 runs that are killed at random instants have the bytes of one that is not") {
  CHECK(kill_and_resume({.words = run_of("300"), .rounds = 200, .first_limit_ms = 20}) > 400);
}

TEST_CASE("durability: convolutions and their checkpoints, killed at random instants") {
  const Words words{"run", "fmnist_2c2d", "-o", "Adam", "--lr", "0.001", "--bs", "32", "-N", "2", "--data_dir", "data"};
  CHECK(kill_and_resume({.words = words, .rounds = 20, .first_limit_ms = 300}) > 40);
}

/// A file of SVHN's form with `count` images.
Bytes small_svhn(std::int32_t count, unsigned seed) {
  Bytes labels;
  for (std::int32_t i = 0; i < count; ++i) labels.push_back(static_cast<std::uint8_t>(1 + i % 10));
  const MatMaker x{"X", {32, 32, 3, count}, pattern(static_cast<std::size_t>(32 * 32 * 3 * count), seed)};
  const MatMaker y{"y", {count, 1}, labels};
  return joined(mat_header(), joined(mat_compressed(x.element()), mat_compressed(y.element())));
}

TEST_CASE("durability: running statistics of a wide residual network, killed at random instants") {
  const TempDir data;
  fs::create_directories(data / "svhn");
  write(data / "svhn/train_32x32.mat", small_svhn(8, 1));
  write(data / "svhn/test_32x32.mat", small_svhn(4, 2));
  const Words words{"run",  "svhn_wrn164", "-o", "Momentum", "--lr",       "0.01",
                    "--bs", "4",           "-N", "3",        "--data_dir", (data / "").string()};
  CHECK(kill_and_resume({.words = words, .rounds = 8, .first_limit_ms = 1000}) > 8);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they and strace cannot both trace a process
TEST_CASE("durability: 500 power cuts with lost and reordered writes") {
  if (!recovers_from_power_cuts(500)) MESSAGE("skipped: strace is not installed or may not trace processes here");
}
#endif

TEST_CASE("durability: 100 disks that fill up, and have room again") {
  const std::string why = goes_on_after_full_disks(100);
  if (!why.empty()) MESSAGE("skipped: no small disk can be mounted here: ", why);
}

using Clock = std::chrono::steady_clock;
double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

TEST_CASE("durability: 150 polite stops keep a checkpoint and leave within two seconds") {
  const Words words = run_of("300");
  const std::string whole = uninterrupted(words);
  std::mt19937 random(11);
  int kept = 0;
  for (const int number : {SIGTERM, SIGINT, SIGUSR1})
    for (int i = 0; i < 50; ++i) {
      const Workplace place;
      Program program(resumed(words), {.folder = place.path()});
      REQUIRE(program.wait_for(" epoch "));
      std::this_thread::sleep_for(
          std::chrono::duration<double, std::milli>(std::uniform_real_distribution(0., 250.)(random)));
      const auto begin = Clock::now();
      program.signal(number);
      const auto finished = program.wait();
      CHECK(milliseconds_since(begin) < 2000);
      INFO(finished.err);
      if (finished.status != 0) {
        CHECK(finished.status == 75);
        CHECK(!checkpoints_in(place).empty());
        ++kept;
        CHECK(run_program(resumed(words), {.folder = place.path()}).status == 0);
      }
      CHECK(result_in(place) == whole);
      check_clean(place);
    }
  CHECK(kept > 75);
}

TEST_CASE("durability: 50 second signals end the program at once, and the last checkpoint is good") {
  const Words words{"run",  "fmnist_2c2d", "-o", "Adam", "--lr",       "0.001",
                    "--bs", "128",         "-N", "6",    "--data_dir", "data"};
  const std::string whole = uninterrupted(words);
  int at_once = 0;  // not by the first signal
  for (int i = 0; i < 50; ++i) {
    const Workplace place;
    Program program(resumed(words), {.folder = place.path()});
    REQUIRE(program.wait_for("\n     0 "));
    program.signal(SIGTERM);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const auto begin = Clock::now();
    program.signal(SIGTERM);
    at_once += program.wait().status == 128 + SIGTERM;
    CHECK(milliseconds_since(begin) < 500);
    CHECK(run_program(resumed(words), {.folder = place.path()}).status == 0);
    CHECK(result_in(place) == whole);
  }
  CHECK(at_once > 0);
}

/// Damages one of two checkpoints of a run in many ways. Each time the other one, or the beginning, must be used.
void damage_checkpoints(int times, const std::function<void(std::string& bytes, std::mt19937& random)>& damage) {
  const Words words = run_of("60");
  const std::string whole = uninterrupted(words);
  const Workplace place;
  leave_checkpoint(place, resumed(words));
  fs::rename(place / "results.work", place / "data/kept");
  std::mt19937 random(13);
  for (int i = 0; i < times; ++i) {
    fs::copy(place / "data/kept", place / "results.work", fs::copy_options::recursive);
    const auto files = checkpoints_in(place);
    REQUIRE(files.size() == 2);
    const auto& file = files[random() % 2];
    std::string bytes = content(file);
    damage(bytes, random);
    std::ofstream(file, std::ios::binary) << bytes;
    const auto finished = run_program(resumed(words), {.folder = place.path()});
    INFO("number ", i, ": ", file.string(), '\n', finished.out, finished.err);
    CHECK(finished.status == 0);
    CHECK((finished.out + finished.err).find(file.filename().string() + "' is damaged and is passed over") !=
          std::string::npos);
    CHECK(result_in(place) == whole);
    fs::remove_all(place / "results");
    fs::remove_all(place / "results.work");
  }
}

TEST_CASE("durability: 1000 flipped bits are found, and the checkpoint before is used") {
  damage_checkpoints(1000, [](std::string& bytes, std::mt19937& random) {
    char& byte = bytes[random() % bytes.size()];
    byte = static_cast<char>(byte ^ (1 << random() % 8));
  });
}

TEST_CASE("durability: 500 checkpoints that are cut off are found, and the one before is used") {
  int number = 0;
  damage_checkpoints(500, [&](std::string& bytes, std::mt19937& random) {
    const std::size_t length = number == 0 ? 0 : number == 1 ? bytes.size() - 1 : random() % bytes.size();
    ++number;
    bytes.resize(length);
  });
}

}  // namespace
}  // namespace deepobs::test
