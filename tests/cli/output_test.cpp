#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <thread>

#include "runner/results/json/json_reader.h"
#include "tests/cli/workplace.h"

namespace deepobs::test {
namespace {

struct SetUp {
  const char* name;
  Stream out, err;
  int columns;
  const char* term;
  int status;  // that the run ends with
  bool live;   // the progress may be drawn over
};

const std::vector<SetUp> set_ups{
    {"pipes", Stream::pipe, Stream::pipe, 80, "TERM=xterm", 0, false},
    {"files", Stream::file, Stream::file, 80, "TERM=xterm", 0, false},
    {"output closed", Stream::closed, Stream::pipe, 80, "TERM=xterm", 74, false},
    {"errors closed", Stream::pipe, Stream::closed, 80, "TERM=xterm", 0, false},
    {"both closed", Stream::closed, Stream::closed, 80, "TERM=xterm", 74, false},
    {"output to a full device", Stream::full_device, Stream::pipe, 80, "TERM=xterm", 74, false},
    {"terminal of 80 columns", Stream::terminal, Stream::terminal, 80, "TERM=xterm", 0, true},
    {"terminal of 20 columns", Stream::terminal, Stream::terminal, 20, "TERM=xterm", 0, true},
    {"dumb terminal", Stream::terminal, Stream::terminal, 80, "TERM=dumb", 0, false},
    {"terminal of unknown kind", Stream::terminal, Stream::terminal, 80, "TERM", 0, false},
    {"output to a file, errors to a terminal", Stream::file, Stream::terminal, 40, "TERM=xterm", 0, true},
    {"output to a terminal, errors to a file", Stream::terminal, Stream::file, 40, "TERM=xterm", 0, false},
};

bool has_control_characters(const std::string& text) {
  return std::ranges::any_of(text, [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) && c != '\n'; });
}

/// What was drawn on a line of its own: the pieces between carriage returns.
std::vector<std::string> drawn(const std::string& text) {
  std::vector<std::string> pieces{""};
  for (const char c : text) {
    if (c == '\r' || c == '\n')
      pieces.emplace_back();
    else
      pieces.back() += c;
  }
  std::erase_if(pieces, [](const std::string& piece) { return !piece.starts_with("epoch "); });
  return pieces;
}

Start start_of(const SetUp& set_up, const Workplace& place) {
  return {.folder = place.path(),
          .environment = {set_up.term},
          .out = set_up.out,
          .err = set_up.err,
          .columns = set_up.columns};
}

std::vector<std::string> run_of(const std::string& epochs) {
  return {"run", "fmnist_mlp", "-o", "SGD", "--lr", "0.001", "--bs", "32", "-N", epochs, "--data_dir", "data"};
}

void check_characters(const SetUp& set_up, const Finished& finished) {
  CHECK(!has_control_characters(finished.out));
  CHECK(!has_control_characters(finished.err));
  if (!set_up.live) CHECK(!has_control_characters(finished.terminal));
}

TEST_CASE("output: a complete run, wherever its words go") {
  CHECK(set_ups.size() == 12);
  for (const auto& set_up : set_ups) {
    INFO(set_up.name);
    const Workplace place;
    const auto finished = run_program(run_of("4"), start_of(set_up, place));
    CHECK(finished.status == set_up.status);
    check_characters(set_up, finished);
    if (set_up.out == Stream::pipe || set_up.out == Stream::file) {
      const auto lines = lines_of(finished.out);
      const auto rows = std::ranges::count_if(lines, [](const std::string& line) { return line.starts_with("     "); });
      CHECK(rows == 5);  // epoch 0 to 4
      CHECK(lines.back().starts_with("result "));
    }
    if (set_up.status == 74 && set_up.err == Stream::pipe)
      CHECK(finished.err.find("standard output could not be written") != std::string::npos);
    const auto written = place.written();
    REQUIRE(written.size() == 5);
    require_full_lists(read_result(place / written.back()), written.back());
  }
}

TEST_CASE(
    "progress is drawn over on terminals only, within their width, elsewhere not more than a line in 30 seconds") {
  for (const auto& set_up : set_ups) {
    INFO(set_up.name);
    const Workplace place;
    Program program(run_of("100000"), start_of(set_up, place));
    if (set_up.live) CHECK(program.wait_for("\repoch "));
    std::this_thread::sleep_for(std::chrono::milliseconds(800));  // a line is drawn every 150
    program.signal(SIGINT);
    const auto finished = program.wait();
    CHECK(finished.status == 130);
    check_characters(set_up, finished);
    const auto pieces = drawn(finished.out + finished.err + finished.terminal);
    if (set_up.live) {
      CHECK(pieces.size() >= 2);
      for (const auto& piece : pieces) CHECK(static_cast<int>(piece.size()) < set_up.columns);
    } else {
      CHECK(pieces.empty());
    }
  }
}

TEST_CASE("output: a pipe whose reader leaves costs no result, of one run and of several") {
  const Workplace place;
  Program program(run_of("60"), {.folder = place.path()});
  REQUIRE(program.wait_for("\n     0 "));
  program.stop_reading();
  CHECK(program.wait().status == 74);
  const auto written = place.written();
  REQUIRE(written.size() == 5);
  require_full_lists(read_result(place / written.back()), written.back());

  const Workplace lost;  // a terminal that goes without a signal
  Program on_terminal(run_of("60"), {.folder = lost.path(), .out = Stream::terminal, .err = Stream::terminal});
  REQUIRE(on_terminal.wait_for("\n     0 "));
  on_terminal.stop_reading();
  CHECK(on_terminal.wait().status == 74);
  CHECK(lost.written().size() == 5);

  const Workplace other;
  auto several = run_of("30");
  several.insert(several.end(), {"--random_seed", "1", "2", "3", "--jobs", "1"});
  Program sweep(several, {.folder = other.path()});
  REQUIRE(sweep.wait_for("1/3  "));
  sweep.stop_reading();
  CHECK(sweep.wait().status == 74);
  CHECK(std::ranges::count_if(other.written(), [](const auto& name) { return name.ends_with(".json"); }) == 3);
}

TEST_CASE("output: what cannot be written is status 74 from every command that prints") {
  const Workplace place;
  for (const auto& arguments : std::vector<Words>{{"--help"},
                                                  {"--version"},
                                                  {"run", "--help"},
                                                  {"list"},
                                                  {"info", "mnist_mlp"},
                                                  {"data", "list"},
                                                  {"run", "fmnist_mlp", "-o", "SGD", "--lr", "1", "--bs", "8", "-N",
                                                   "1", "--dry_run", "--data_dir", "data"}}) {
    INFO(arguments.front(), " ", arguments.back());
    for (const auto stream : {Stream::full_device, Stream::closed}) {
      const auto finished = run_program(arguments, {.folder = place.path(), .out = stream});
      CHECK(finished.status == 74);
      CHECK(finished.err.find("standard output could not be written") != std::string::npos);
    }
    CHECK(run_program(arguments, {.folder = place.path()}).status == 0);
  }
}

}  // namespace
}  // namespace deepobs::test
