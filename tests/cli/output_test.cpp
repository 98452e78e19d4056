#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <cctype>

#include "runner/json_reader.h"
#include "tests/cli/small_data.h"

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

TEST_CASE("progress is drawn on terminals only, and nowhere more often than it should") {
  for (const auto& set_up : set_ups) {
    INFO(set_up.name);
    const Workplace place;
    // Long enough for several drawings, which come every 0.15 s, and short of the 30 s of plain lines.
    const auto finished =
        run_program({"run", "fmnist_2c2d", "-o", "SGD", "--lr", "0.001", "--bs", "32", "-N", "4", "--data_dir", "data"},
                    {.folder = place.path(),
                     .environment = {set_up.term},
                     .out = set_up.out,
                     .err = set_up.err,
                     .columns = set_up.columns});
    CHECK(finished.status == set_up.status);
    if (set_up.out != Stream::terminal) CHECK(!has_control_characters(finished.out));
    if (set_up.err != Stream::terminal) CHECK(!has_control_characters(finished.err));

    const std::string all = finished.out + finished.err + finished.terminal;
    if (set_up.live) {
      const auto pieces = drawn(finished.terminal);
      CHECK(pieces.size() >= 2);
      for (const auto& piece : pieces) CHECK(static_cast<int>(piece.size()) < set_up.columns);
    } else {
      CHECK(drawn(all).empty());
      CHECK(!has_control_characters(all));
    }
    if (set_up.out == Stream::pipe || set_up.out == Stream::file) {
      const auto lines = lines_of(finished.out);
      const auto rows = std::ranges::count_if(lines, [](const std::string& line) { return line.starts_with("     "); });
      CHECK(rows == 5);  // epoch 0 to 4
      CHECK(lines.back().starts_with("result "));
    }
    if (set_up.status == 74 && set_up.err == Stream::pipe)
      CHECK(finished.err.find("standard output could not be written") != std::string::npos);

    // Wherever the words went, the result is there and holds nothing else.
    const auto written = place.written();
    REQUIRE(written.size() == 5);
    require_full_lists(read_result(place / written.back()), written.back());
  }
  CHECK(set_ups.size() == 12);
}

TEST_CASE("a pipe whose reader leaves ends the program without leftovers") {
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
