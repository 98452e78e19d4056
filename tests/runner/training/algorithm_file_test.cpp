#include "runner/training/records/algorithm_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "engine/base/check.h"
#include "tests/child_processes.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  Lines lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

/// What a GPU does: takes the choice of this key if there is one, else makes its own.
std::string choose(AlgorithmStore& store, const std::string& key, const std::string& own) {
  std::string chosen;
  const std::string trouble = store.update([&](const Lines& lines) -> std::string {
    for (const auto& line : lines)
      if (line.starts_with(key + ": ")) {
        chosen = line.substr(key.size() + 2);
        return "";
      }
    ::usleep(500);  // to measure it
    chosen = own;
    return key + ": " + own;
  });
  REQUIRE(trouble == "");
  return chosen;
}

TEST_CASE("algorithm file: a line is added or takes the place of that of its key; others stay") {
  TempDir home;
  AlgorithmFile file(home.path());
  const auto set = [&](const std::string& line) { return file.update([&](const Lines&) { return line; }); };
  CHECK(set("b [gpu]: 2") == "");
  CHECK(set("a [gpu]: 1") == "");
  CHECK(set("") == "");
  CHECK(set("b [gpu]: 3") == "");
  const auto path = home / ".cache/deepobs/gpu_algorithms.txt";
  CHECK(lines_of(path) == Lines{"a [gpu]: 1", "b [gpu]: 3"});
  AlgorithmFile other(home.path());
  CHECK(choose(other, "b [gpu]", "4") == "3");
  CHECK(lines_of(path) == Lines{"a [gpu]: 1", "b [gpu]: 3"});
}

TEST_CASE("algorithm file: without a home nothing is kept, and one chooses all the same") {
  AlgorithmFile nowhere{std::filesystem::path()};
  CHECK(choose(nowhere, "a", "1") == "1");
  CHECK(choose(nowhere, "a", "2") == "2");
}

TEST_CASE("algorithm file: processes that begin at once all take what the first one chose") {
  constexpr int processes = 6, keys = 40;
  TempDir home;
  test::ChildProcesses all(processes, [&](int process) {
    AlgorithmFile file(home.path());
    std::ofstream taken(home / text("taken", process));
    taken.exceptions(std::ios::failbit | std::ios::badbit);
    for (int key = 0; key < keys; ++key)
      taken << text("key ", key, ": ") << choose(file, text("key ", key), text("choice of ", process)) << '\n';
    taken.close();
  });
  all.wait();
  Lines kept = lines_of(home / ".cache/deepobs/gpu_algorithms.txt");
  CHECK(kept.size() == keys);
  for (int process = 0; process < processes; ++process) {
    Lines taken = lines_of(home / text("taken", process));
    std::ranges::sort(taken);
    CHECK(taken == kept);
  }
}

TEST_CASE("algorithm file: trouble with it stops nothing, is told, and loses no line of others") {
  TempDir home;
  std::filesystem::create_directories(home / ".cache/deepobs");
  const auto path = home / ".cache/deepobs/gpu_algorithms.txt";
  std::ofstream(path) << "a: 1\n";
  int calls = 0;
  Lines readable{"a: 1"};
  const auto seen = [&](const Lines& lines) {
    ++calls;
    CHECK(lines == readable);
    return std::string("b: 2");
  };
  {  // somebody holds the lock, and goes on holding it
    const OpenFile held(
        ::open((home / ".cache/deepobs/gpu_algorithms.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    REQUIRE(::flock(held.descriptor(), LOCK_EX) == 0);
    AlgorithmFile file(home.path(), 0.05);
    for (int i = 0; i < 2; ++i)
      CHECK(file.update(seen).find("gpu_algorithms.lock' for more than 0.05 seconds") != std::string::npos);
    CHECK(calls == 2);
  }
  CHECK(lines_of(path) == Lines{"a: 1"});
  // The folder is a file.
  TempDir other;
  std::ofstream(other / ".cache") << "no folder";
  readable.clear();
  AlgorithmFile file(other.path());
  CHECK(file.update(seen).find(".cache") != std::string::npos);
  CHECK(calls == 3);
}

TEST_CASE("algorithm file: where no lock can be made, what stands there is read all the same, and nothing is kept") {
  TempDir home;
  const auto folder = home / ".cache/deepobs", path = folder / "gpu_algorithms.txt";
  std::filesystem::create_directories(folder / "gpu_algorithms.lock");  // a folder: not even root opens it for writing
  std::ofstream(path) << "a [gpu]: 1\n";
  AlgorithmFile file(home.path());
  Lines seen;
  const std::string trouble = file.update([&](const Lines& lines) -> std::string {
    seen = lines;
    return "b [gpu]: 2";
  });
  CHECK(trouble.find("gpu_algorithms.lock") != std::string::npos);
  CHECK(seen == Lines{"a [gpu]: 1"});
  CHECK(lines_of(path) == Lines{"a [gpu]: 1"});
}

TEST_CASE("algorithm file: what is thrown while choosing comes through, and gives the lock back") {
  TempDir home;
  AlgorithmFile file(home.path(), 0.05);
  CHECK_THROWS_AS((void)file.update([](const Lines&) -> std::string { fail(Fault::memory, "no memory"); }), Error);
  CHECK(choose(file, "a", "1") == "1");
}

}  // namespace
}  // namespace deepobs
