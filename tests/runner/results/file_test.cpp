#include "runner/results/files/file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <set>

#include "runner/results/files/safetensors.h"
#include "tests/child_processes.h"
#include "tests/error_of.h"
#include "tests/file_content.h"
#include "tests/temp_dir.h"

namespace deepobs {

namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, std::string_view bytes) { std::ofstream(path, std::ios::binary) << bytes; }

void replace(const fs::path& path, std::string_view bytes) { replace_file(path, std::array{bytes}); }

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& each : fs::directory_iterator(folder)) names.insert(each.path().filename().string());
  return names;
}

/// Runs `work` in a child that a signal ends while it writes: a file may have a thousand bytes there.
template <class Work>
void killed_while_writing(Work work) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const rlimit few{1000, 1000};
    ::signal(SIGXFSZ, SIG_DFL);
    ::setrlimit(RLIMIT_FSIZE, &few);
    work();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
}

}  // namespace

TEST_CASE("file: what is no file is never replaced, and stays what it is") {
  TempDir folder;
  fs::create_directory(folder / "folder");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  std::vector<std::string> names{"folder", "pipe"};
  if (::mknod((folder / "device").c_str(), S_IFCHR | 0600, makedev(1, 7)) == 0) names.push_back("device");
  for (const auto& name : std::vector(names)) {
    fs::create_symlink(name, folder / ("link-to-" + name));
    names.push_back("link-to-" + name);
  }
  const auto before = names_in(folder.path());
  for (const auto& name : names) {
    INFO(name);
    const auto type = fs::symlink_status(folder / name).type();
    const std::vector<NamedTensor> tensors{{"w", {1}, {0.5f}}};
    const MessageParts parts{name + " is there already and is no file that could be replaced"};
    check_error([&] { write_safetensors(folder / name, tensors); }, Fault::io, parts);
    check_error([&] { replace(folder / name, "x"); }, Fault::io, parts);
    check_error([&] { check_replaceable(folder / name, "trace"); }, Fault::io, parts);
    CHECK(fs::symlink_status(folder / name).type() == type);
  }
  CHECK(names_in(folder.path()) == before);
}

TEST_CASE("file: a symbolic link stays, and the file that it leads to is replaced, or made where there is none yet") {
  TempDir folder;
  fs::create_directory(folder / "far");
  write(folder / "far/file", "old");
  fs::create_symlink("far/file", folder / "link");
  fs::create_symlink(folder / "link", folder / "link-to-link");
  fs::create_symlink("far/new", folder / "dangling");
  fs::create_symlink("nowhere/new", folder / "lost");
  fs::create_symlink("loop", folder / "loop");

  replace(folder / "link", "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(content(folder / "far/file") == "new");
  replace(folder / "link-to-link", "newer");
  CHECK(fs::is_symlink(folder / "link-to-link"));
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(content(folder / "far/file") == "newer");
  check_replaceable(folder / "dangling", "trace");
  CHECK(!fs::exists(folder / "far/new"));
  replace(folder / "dangling", "made");
  CHECK(fs::is_symlink(folder / "dangling"));
  CHECK(content(folder / "far/new") == "made");

  for (const std::string name : {"lost", "loop"}) {
    check_error([&] { replace(folder / name, "x"); }, Fault::io,
                {name, name == "lost" ? "No such" : "Too many levels"});
    check_error([&] { check_replaceable(folder / name, "trace"); }, Fault::io, {"trace: ", name});
    CHECK(fs::is_symlink(folder / name));
  }
  CHECK(names_in(folder.path()) == std::set<std::string>{"far", "link", "link-to-link", "dangling", "lost", "loop"});
  CHECK(names_in(folder / "far") == std::set<std::string>{"file", "new"});
}

TEST_CASE("file: what a killed writer left is cleared by the next one, and the file stays whole") {
  TempDir folder;
  const fs::path file = folder / "state";
  replace(file, "old");
  const std::string much(100'000, 'x');
  for (int time = 0; time < 3; ++time) killed_while_writing([&] { replace(file, much); });
  CHECK(names_in(folder.path()).size() > 1);
  CHECK(content(file) == "old");
  replace(file, "new");
  CHECK(names_in(folder.path()) == std::set<std::string>{"state"});
  CHECK(content(file) == "new");

  killed_while_writing([&] { replace(file, much); });
  check_replaceable(file, "save_params");  // what a run does at its beginning
  CHECK(names_in(folder.path()) == std::set<std::string>{"state"});
}

TEST_CASE("file: processes that write one file at once leave one whole file, whatever others of them were killed") {
  TempDir folder;
  const fs::path file = folder / "state";
  constexpr int processes = 8, times = 30;
  const auto content_of = [](int process) { return std::string(20'000, static_cast<char>('a' + process)); };
  test::ChildProcesses all(processes, [&](int process) {
    for (int i = 0; i < times; ++i) replace(file, content_of(process));
  });
  for (int time = 0; time < 10; ++time) killed_while_writing([&] { replace(file, content_of(0)); });
  all.wait();
  const std::string left = content(file);
  REQUIRE(left.size() == 20'000);
  CHECK(left == content_of(left[0] - 'a'));
  check_replaceable(file, "save_params");
  CHECK(names_in(folder.path()) == std::set<std::string>{"state"});
}

}  // namespace deepobs
