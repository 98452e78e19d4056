#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace deepobs::test {

using Words = std::vector<std::string>;

inline Words operator+(Words first, const Words& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// What a standard stream of the program is connected to. Standard input is always closed.
enum class Stream { pipe, file, closed, terminal, full_device };

struct Start {
  std::filesystem::path folder = {};          ///< current folder; empty: ours
  std::vector<std::string> environment = {};  ///< "TERM=dumb" is set, "TERM" is unset; the rest is ours
  Stream out = Stream::pipe, err = Stream::pipe;
  int columns = 80;  ///< of the terminal, which is one for both streams
  std::filesystem::path program = DEEPOBS_PROGRAM;
};

/// How it went.
struct Finished {
  int status = 0;                  ///< exit status, or 128 + the signal that ended it, as shells show it
  std::string out, err, terminal;  ///< everything that was written to pipe or file, and to the terminal
};

/// The program `deepobs`, running. It is killed when this object goes, and when it takes longer than a minute.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments, const Start& start = {});
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Waits until the program has written this text to a pipe or the terminal; false when it ended before.
  bool wait_for(const std::string& text);

  void signal(int number);

  /// Closes our ends of its pipes and its terminal.
  void stop_reading();

  /// Waits for the end.
  Finished wait();

 private:
  struct Source {
    int descriptor;
    std::string* into;
  };
  bool read_some(int timeout_ms);

  pid_t process_ = -1;
  std::vector<Source> sources_;
  std::filesystem::path files_;  // folder of the files of Stream::file; empty: there are none
  Finished finished_;
};

Finished run_program(std::vector<std::string> arguments, const Start& start = {});

/// The same under limits as sh takes them: "ulimit -v 60000".
Finished run_under_limits(const std::string& limits, std::vector<std::string> arguments, Start start = {});

/// The same where no file may have more than `blocks` of 512 bytes (ulimit -f).
Finished run_with_file_limit(int blocks, std::vector<std::string> arguments, Start start = {});

/// Every file and folder below a folder, relative to it and sorted; nothing where there is no folder.
std::vector<std::string> tree(const std::filesystem::path& folder);

std::vector<std::string> lines_of(const std::string& text);

/// What the program says of an error: its messages without the warning that the data set is only a part.
std::string without_warnings(const std::string& messages);

}  // namespace deepobs::test
