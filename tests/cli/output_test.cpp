#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <thread>

#include "runner/json_reader.h"
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

TEST_CASE("output: a pipe whose reader leaves ends the program without leftovers") {
  const Workplace place;
  Program program(
      {"run", "fmnist_2c2d", "-o", "SGD", "--lr", "0.001", "--bs", "32", "-N", "1000", "--data_dir", "data"},
      {.folder = place.path()});
  REQUIRE(program.wait_for("\n     0 "));
  program.stop_reading();
  CHECK(program.wait().status == 128 + SIGPIPE);
  CHECK(place.written().empty());
}

}  // namespace
}  // namespace deepobs::test
