#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "runner/results/json/json_reader.h"
#include "tests/cli/workplace.h"
#include "tests/under_thread_sanitizer.h"

namespace deepobs::test {
namespace {

Words run_of(const std::string& epochs) {
  return {"run", "fmnist_mlp", "-o",   "SGD",        "--lr", "0.001",         "--bs",
          "32",  "-N",         epochs, "--data_dir", "data", "--save_params", "state.safetensors"};
}

void check_stopped(const Finished& finished, const Workplace& place, int signal = SIGINT) {
  INFO(finished.err, finished.terminal);
  CHECK(finished.status == 128 + signal);
  const auto said = finished.err + finished.terminal;
  CHECK(said.find("deepobs: stopped ") != std::string::npos);  // after so many epochs, or before the training began
  CHECK(said.find("; nothing was written\n") != std::string::npos);
  CHECK(place.written().empty());  // no result, no folder of it, nothing beside it, no state
}

TEST_CASE("interrupt: SIGHUP, SIGINT and SIGTERM end a run with their status, a message, and nothing written") {
  const std::vector<std::string> moments{" epoch ", "\n     0 ", "\n     1 ", "\n     3 "};  // what has been printed
  for (const int number : {SIGHUP, SIGINT, SIGTERM})
    for (const auto& moment : moments) {
      INFO("signal ", number, " after '", moment, "'");
      const Workplace place;
      Program program(run_of("100000"), {.folder = place.path()});
      REQUIRE(program.wait_for(moment));
      program.signal(number);
      check_stopped(program.wait(), place, number);
    }
}

TEST_CASE("interrupt: a step of L-BFGS is left between its evaluations") {
  Words endless = run_of("100000");  // with steps of up to 100,000 iterations
  *std::ranges::find(endless, "SGD") = "LBFGS";
  endless.insert(endless.end(), {"--max_iter", "1e5", "--tolerance_grad", "0", "--tolerance_change", "0"});
  for (const bool resumable : {false, true}) {
    const Workplace place;
    Words words = endless;
    if (resumable) words.push_back("--resume");
    Program program(words, {.folder = place.path()});
    REQUIRE(program.wait_for("\n     0 "));
    ::usleep(50'000);
    program.signal(SIGINT);
    const auto finished = program.wait();
    if (!resumable) {
      check_stopped(finished, place);
      continue;
    }
    INFO(finished.err);
    CHECK(finished.status == 75);
    CHECK(finished.err.find("; the same command goes on from there") != std::string::npos);
  }
}

TEST_CASE("interrupt: the same some milliseconds into the training") {
  for (int pause_ms = 0; pause_ms < 60; pause_ms += under_thread_sanitizer ? 18 : 6) {
    INFO(pause_ms, " ms");
    const Workplace place;
    Program program(run_of("100000"), {.folder = place.path()});
    REQUIRE(program.wait_for(" epoch "));
    ::usleep(static_cast<useconds_t>(pause_ms) * 1000);
    const int number = pause_ms % 12 == 0 ? SIGINT : SIGTERM;
    program.signal(number);
    check_stopped(program.wait(), place, number);
  }
}

TEST_CASE("interrupt: the same while it starts: nothing is left, whichever way it ends") {
  for (int pause_ms = 0; pause_ms < 20; pause_ms += under_thread_sanitizer ? 4 : 1) {
    INFO(pause_ms, " ms");
    const Workplace place;
    Program program(run_of("100000"), {.folder = place.path()});
    ::usleep(static_cast<useconds_t>(pause_ms) * 1000);
    program.signal(SIGINT);
    const auto finished = program.wait();
    if (finished.status == 128 + SIGINT && finished.err.empty()) {  // before the program watched for signals
      CHECK(finished.out.empty());
      CHECK(place.written().empty());
    } else {
      check_stopped(finished, place);
    }
  }
}

TEST_CASE("interrupt: a signal at any time leaves the complete result or none") {
  using Clock = std::chrono::steady_clock;
  const Words arguments{"run",  "fmnist_mlp", "-o", "SGD", "--lr",       "0.001",
                        "--bs", "32",         "-N", "1",   "--data_dir", "data"};
  Clock::duration whole{};  // from the first row to the end, when nobody disturbs
  {
    const Workplace place;
    Program program(arguments, {.folder = place.path()});
    REQUIRE(program.wait_for("\n     0 "));
    const auto begin = Clock::now();
    CHECK(program.wait().status == 0);
    whole = Clock::now() - begin;
  }
  constexpr int trials = under_thread_sanitizer ? 10 : 30;  // each takes seconds there
  int complete = 0, stopped = 0;
  for (int trial = 0; trial < trials; ++trial) {
    INFO("trial ", trial);
    const Workplace place;
    Program program(arguments, {.folder = place.path()});
    program.wait_for("\n     0 ");
    std::this_thread::sleep_for(whole * trial / (trials - 5));  // the last ones come too late
    program.signal(SIGINT);
    const auto finished = program.wait();
    if (finished.err.find("deepobs: ") != std::string::npos) {
      check_stopped(finished, place);
      ++stopped;
    } else {
      CHECK((finished.status == 0 || finished.status == 130));  // 130: the signal came when all was done
      const auto written = place.written();
      REQUIRE(written.size() == 5);
      require_full_lists(read_result(place / written.back()), written.back());
      ++complete;
    }
  }
  CHECK(complete + stopped == trials);
  MESSAGE(complete, " runs were complete, ", stopped, " were stopped");
}

TEST_CASE("interrupt: on a terminal the message has a line of its own") {
  const Workplace place;
  Program program(
      run_of("100000"),
      {.folder = place.path(), .environment = {"TERM=xterm"}, .out = Stream::terminal, .err = Stream::terminal});
  REQUIRE(program.wait_for("\repoch "));  // the line that is drawn over
  program.signal(SIGINT);
  const auto finished = program.wait();
  check_stopped(finished, place);
  const auto message = finished.terminal.find("deepobs: stopped");
  REQUIRE(message != std::string::npos);
  CHECK((finished.terminal[message - 1] == '\n' || finished.terminal[message - 1] == '\r'));
}

TEST_CASE("interrupt: a sweep whose terminal goes keeps the runs that are complete, and says how many") {
  const Workplace place;
  Program program({"run", "fmnist_mlp", "-o", "SGD", "--lr", "0.001", "--bs", "32", "-N", "60", "--data_dir", "data",
                   "--random_seed", "1", "2", "3", "--jobs", "1"},
                  {.folder = place.path()});
  REQUIRE(program.wait_for("1/3  "));
  program.signal(SIGHUP);
  const auto finished = program.wait();
  INFO(finished.err);
  CHECK(finished.status == 128 + SIGHUP);
  CHECK(finished.err.find("deepobs: stopped: 1 of 3 runs are complete; nothing was written of the others") !=
        std::string::npos);
  const auto written = place.written();
  REQUIRE(written.size() == 5);
  require_full_lists(read_result(place / written.back()), written.back());
}

TEST_CASE("interrupt: a signal that is ignored when the program starts stays ignored, as nohup wants it") {
  for (const int number : {SIGHUP, SIGINT, SIGTERM}) {
    INFO("signal ", number);
    const Workplace place;
    Words shell{"-c", "trap '' " + std::to_string(number) + "; exec \"$0\" \"$@\"", DEEPOBS_PROGRAM};
    for (const auto& word : run_of("30")) shell.push_back(word);
    Program program(shell, {.folder = place.path(), .program = "/bin/sh"});
    REQUIRE(program.wait_for("\n     0 "));
    program.signal(number);
    program.signal(number);
    const auto finished = program.wait();
    INFO(finished.err);
    CHECK(finished.status == 0);
    CHECK(finished.out.find("\nresult ") != std::string::npos);
  }
}

TEST_CASE("interrupt: a second signal ends it at once") {
  const Workplace place;
  Program program(run_of("100000"), {.folder = place.path()});
  REQUIRE(program.wait_for("\n     0 "));
  program.signal(SIGTERM);
  program.signal(SIGINT);
  const int status = program.wait().status;  // of either: both may be waiting when the program looks
  CHECK((status == 128 + SIGINT || status == 128 + SIGTERM));
  CHECK(place.written().empty());
}

}  // namespace
}  // namespace deepobs::test
