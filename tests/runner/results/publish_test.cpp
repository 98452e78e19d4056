#include "runner/results/files/publish.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "tests/child_processes.h"
#include "tests/error_of.h"
#include "tests/file_content.h"
#include "tests/temp_dir.h"

namespace deepobs {

namespace {

namespace fs = std::filesystem;

const fs::path setting = "mnist_mlp/SGD/num_epochs__1__batch_size__128__lr__1e-02";

std::string name_for(int attempt) {
  return "random_seed__42__" + (attempt > 0 ? std::to_string(attempt + 1) + "__" : "") + "2025-12-13-16-00-00.json";
}

// Every regular file below `root`, by its relative path.
std::map<std::string, std::string> files_below(const fs::path& root) {
  std::map<std::string, std::string> out;
  for (const auto& each : fs::recursive_directory_iterator(root))
    if (each.is_regular_file()) out[each.path().lexically_relative(root).string()] = content(each.path());
  return out;
}

bool has_empty_folder(const fs::path& root) {
  for (const auto& each : fs::recursive_directory_iterator(root))
    if (each.is_directory() && fs::is_empty(each.path())) return true;
  return false;
}

int entries(const fs::path& folder) {
  return static_cast<int>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// The file that a message says a result is kept in.
fs::path kept_file(const Error& error) {
  const std::string message = error.what(), before = "is kept in '";
  const auto at = message.find(before);
  REQUIRE_MESSAGE(at != std::string::npos, message);
  const auto begin = at + before.size();
  return message.substr(begin, message.find('\'', begin) - begin);
}

/// Checks that a result cannot be published, and takes away what is kept of it.
void check_refused(const fs::path& root, const MessageParts& parts) {
  const Error error = error_of([&] { publish(root, setting, name_for, "x"); });
  check_error([&] { throw Error(error); }, Fault::io, parts);
  const fs::path kept = kept_file(error);
  CHECK(content(kept) == "x");
  fs::remove(kept);
}

// Goes to a folder for the length of a test.
class WorkingFolder {
 public:
  explicit WorkingFolder(const fs::path& folder) : before_(fs::current_path()) { fs::current_path(folder); }
  ~WorkingFolder() {
    std::error_code ignored;
    fs::current_path(before_, ignored);
  }

 private:
  fs::path before_;
};

}  // namespace

TEST_CASE("publish: the file is there, alone, and later ones get other names") {
  TempDir folder;
  const fs::path root = folder / "deep/er/results";
  CHECK(publish(root, setting, name_for, "first") == root / setting / name_for(0));
  CHECK(publish(root, setting, name_for, "second") == root / setting / name_for(1));
  CHECK(publish(root, "mnist_mlp/Adam", name_for, "") == root / "mnist_mlp/Adam" / name_for(0));
  CHECK(publish(root, {}, name_for, "top") == root / name_for(0));
  CHECK(files_below(folder / "deep/er") ==
        std::map<std::string, std::string>{{"results" / setting / name_for(0), "first"},
                                           {"results" / setting / name_for(1), "second"},
                                           {"results" / fs::path("mnist_mlp/Adam") / name_for(0), ""},
                                           {"results" / fs::path(name_for(0)), "top"}});
  CHECK(entries(folder / "deep/er") == 1);  // the work folder has gone
}

TEST_CASE("publish: takes its place in an empty folder that somebody else has made, and beside a foreign file") {
  TempDir folder;
  fs::create_directories(folder / "results" / setting);
  CHECK(publish(folder / "results", setting, name_for, "x") == folder / "results" / setting / name_for(0));
  fs::remove_all(folder / "results" / setting / name_for(0));
  fs::create_symlink("/nowhere", folder / "results" / setting / name_for(0));  // a name is taken also by a dead link
  CHECK(publish(folder / "results", setting, name_for, "y") == folder / "results" / setting / name_for(1));
}

TEST_CASE("publish: the results folder in all its spellings") {
  TempDir folder;
  fs::create_directories(folder / "far/away");
  fs::create_directory_symlink(folder / "far/away", folder / "link");
  fs::create_directory(folder / "here");
  const fs::path real = fs::canonical(folder.path());
  WorkingFolder inside(folder.path());
  CHECK(publish("results", setting, name_for, "a") == real / "results" / setting / name_for(0));
  CHECK(publish("results/", setting, name_for, "b") == real / "results" / setting / name_for(1));
  CHECK(publish("./far/../results//", setting, name_for, "c") == real / "results" / setting / name_for(2));
  CHECK(publish("new/../fresh/", setting, name_for, "d") == real / "fresh" / setting / name_for(0));
  CHECK(publish("link", setting, name_for, "e") == real / "far/away" / setting / name_for(0));
  CHECK(publish("link/", setting, name_for, "f") == real / "far/away" / setting / name_for(1));
  {
    WorkingFolder deeper(folder / "here");
    CHECK(publish(".", setting, name_for, "g") == real / "here" / setting / name_for(0));
    CHECK(publish("..", "up", name_for, "h") == real / "up" / name_for(0));
  }
  for (const auto& each : fs::recursive_directory_iterator(real)) CHECK(each.path().extension() != ".work");
  CHECK(entries(real.parent_path() / real.filename()) == 6);  // results fresh far link here up

  check_error([] { publish("", setting, name_for, "x"); }, Fault::usage, "it is empty");
  check_error([] { publish("/", setting, name_for, "x"); }, Fault::usage, "must not be the root");
}

TEST_CASE("publish: a path that would leave the results is a broken promise of the caller") {
  TempDir folder;
  for (const char* bad : {"../x", "a/../../x", "/abs", "a/./b"})
    check_error([&] { publish(folder / "results", bad, name_for, "x"); }, Fault::internal, "publish: '");
  for (const char* bad : {"", ".", "..", "a/b"})
    check_error(
        [&] {
          publish(
              folder / "results", "a", [&](int) { return bad; }, "x");
        },
        Fault::internal, "cannot be the name of a file");
  publish(
      folder / "results", "a", [](int) { return "same"; }, "x");
  check_error(
      [&] {
        publish(
            folder / "results", "a", [](int) { return "same"; }, "x");
      },
      Fault::internal, "attempts 0 and 1 both give 'same'");
}

TEST_CASE("publish: a file where a folder is needed, the result is kept and the message says where") {
  TempDir folder;
  const fs::path root = folder / "results";
  fs::create_directory(root);
  std::ofstream(root / "mnist_mlp") << "in the way";
  const Error error = error_of([&] { publish(root, setting, name_for, "precious"); });
  const std::string message = error.what();
  CHECK(error.fault() == Fault::io);
  CHECK(message.find("mnist_mlp' is a file where a folder is needed") != std::string::npos);
  const auto at = message.find("the complete result (8 bytes) is kept in '");
  REQUIRE(at != std::string::npos);
  const auto quote = message.find('\'', at);
  CHECK(content(message.substr(quote + 1, message.size() - quote - 2)) == "precious");
  CHECK(files_below(root) == std::map<std::string, std::string>{{"mnist_mlp", "in the way"}});

  check_refused(root / "mnist_mlp", "is a file where a folder is needed");
  check_refused(root / "mnist_mlp/below", "Not a directory");
  check_error([&] { check_publishable(root / "mnist_mlp"); }, Fault::io, "is a file where a folder is needed");
  check_error([&] { check_publishable(root, setting); }, Fault::io, "is a file where a folder is needed");
  fs::create_symlink(folder / "nowhere/at/all", folder / "dead");
  check_refused(folder / "dead", "dead' is a symbolic link to a place that does not exist");
}

namespace {

/// Runs `work` in a child process, and waits for its end.
template <class Work>
int status_of_child(Work work) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(work());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return status;
}

/// A process that is killed in the middle of publishing.
void publish_and_be_killed(const fs::path& root) {
  const int status = status_of_child([&] {
    publish(
        root, setting,
        [](int) -> std::string {
          ::raise(SIGKILL);
          return "";
        },
        "unfinished");
    return 0;
  });
  REQUIRE(WIFSIGNALED(status));
}

}  // namespace

TEST_CASE("publish: what killed processes left is cleared by the next, what others are working on is not") {
  TempDir folder;
  const fs::path root = folder / "results";
  for (int time = 0; time < 3; ++time) publish_and_be_killed(root);
  CHECK(entries(folder.path()) > 0);

  // A living process waits in the middle of publishing.
  int to_child[2], from_child[2];
  REQUIRE(::pipe(to_child) == 0);
  REQUIRE(::pipe(from_child) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(to_child[1]);
    int status = 1;
    try {
      publish(
          root, "other",
          [&](int attempt) {
            char byte = 'x';
            if (attempt == 0 && (::write(from_child[1], &byte, 1) != 1 || ::read(to_child[0], &byte, 1) != 1))
              ::_exit(2);
            return name_for(attempt);
          },
          "patient");
      status = 0;
    } catch (const std::exception& error) {
      ::dprintf(2, "%s\n", error.what());
    }
    ::_exit(status);
  }
  ::close(to_child[0]);
  ::close(from_child[1]);
  char byte = 'x';
  REQUIRE(::read(from_child[0], &byte, 1) == 1);
  check_publishable(root, setting);
  publish(root, setting, name_for, "whole");
  REQUIRE(::write(to_child[1], &byte, 1) == 1);
  ::close(to_child[1]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  ::close(from_child[0]);

  CHECK(files_below(root) == std::map<std::string, std::string>{{setting / name_for(0), "whole"},
                                                                {fs::path("other") / name_for(0), "patient"}});
  CHECK(entries(folder.path()) == 1);

  publish_and_be_killed(root);
  check_publishable(root);  // what a run does at its beginning
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("publish: a result that was kept is never cleared") {
  TempDir folder;
  const fs::path root = folder / "results";
  fs::create_directory(root);
  std::ofstream(root / "mnist_mlp") << "in the way";
  const fs::path first = kept_file(error_of([&] { publish(root, setting, name_for, "precious"); }));
  const fs::path second = kept_file(error_of([&] { publish(root, setting, name_for, "as precious"); }));
  publish_and_be_killed(root);
  std::ofstream(root / ".deepobs-notes") << "somebody's own";  // no more than what has our names is cleared
  fs::create_directory(root.string() + ".work/run-1");
  check_publishable(root);
  CHECK(fs::exists(root / ".deepobs-notes"));
  CHECK(fs::exists(root.string() + ".work/run-1"));
  fs::remove(root / "mnist_mlp");
  publish(root, setting, name_for, "third");
  CHECK(content(first) == "precious");
  CHECK(content(second) == "as precious");
}

TEST_CASE("publish: with a file of the name that the folder beside the results would have") {
  TempDir folder;
  const fs::path root = folder / "results";
  std::ofstream(folder / "results.work") << "in the way";
  check_publishable(root, setting);
  CHECK(entries(folder.path()) == 1);
  fs::create_directory(root);
  check_publishable(root, setting);
  CHECK(fs::is_empty(root));  // it was there before, so it stays
  publish(root, setting, name_for, "x");
  CHECK(files_below(folder.path()) ==
        std::map<std::string, std::string>{{"results.work", "in the way"}, {"results" / setting / name_for(0), "x"}});
  CHECK_FALSE(has_empty_folder(root));
}

TEST_CASE("publish: below a folder that this user may not write to") {
  TempDir folder;
  const fs::path closed = folder / "closed", root = closed / "results";
  fs::create_directories(root);
  const bool is_root = ::geteuid() == 0;
  constexpr uid_t nobody = 65534;
  if (is_root) REQUIRE(::chown(root.c_str(), nobody, nobody) == 0);
  fs::permissions(folder.path(), fs::perms::owner_all | fs::perms::others_exec | fs::perms::group_exec);
  fs::permissions(closed, fs::perms(0555));
  const int status = status_of_child([&] {
    if (is_root && (::setgid(nobody) != 0 || ::setuid(nobody) != 0)) return 2;
    try {
      check_publishable(root, setting);
      publish(root, setting, name_for, "first");
      publish(root, setting, name_for, "second");
      publish(root, "other", name_for, "third");
    } catch (const std::exception& error) {
      ::dprintf(2, "%s\n", error.what());
      return 1;
    }
    return 0;
  });
  fs::permissions(closed, fs::perms(0755));
  CHECK(status == 0);
  CHECK(files_below(root) == std::map<std::string, std::string>{{setting / name_for(0), "first"},
                                                                {setting / name_for(1), "second"},
                                                                {fs::path("other") / name_for(0), "third"}});
  CHECK(entries(root) == 2);
  CHECK(entries(closed) == 1);
}

TEST_CASE("check_publishable: leaves nothing behind, neither new folders nor changes to old ones") {
  TempDir folder;
  check_publishable(folder / "a/b/results", setting);
  CHECK(entries(folder.path()) == 0);
  publish(folder / "results", setting, name_for, "x");
  const auto before = files_below(folder.path());
  check_publishable(folder / "results", setting);
  check_publishable(folder / "results/", "other");
  CHECK(files_below(folder.path()) == before);
  CHECK(entries(folder.path()) == 1);
  CHECK_FALSE(has_empty_folder(folder.path()));
}

TEST_CASE("check_publishable: of several tries at once for a new folder none leaves it behind") {
  TempDir folder;
  for (int round = 0; round < 50; ++round) {
    std::vector<std::thread> tries;
    for (int i = 0; i < 4; ++i) tries.emplace_back([&] { check_publishable(folder / "new/results", setting); });
    for (auto& each : tries) each.join();
    REQUIRE(entries(folder.path()) == 0);
  }
}

TEST_CASE("check_publishable: what a killed one left is cleared by the next") {
  TempDir folder;
  fs::create_directory(folder / ".deepobs-run-abcdef");
  check_publishable(folder / "new/results", setting);
  CHECK(entries(folder.path()) == 0);
}

TEST_CASE("publish: eight processes race for the same names, everyone gets one, none is lost or torn") {
  constexpr int processes = 8, names = 100;
  TempDir folder;
  const fs::path root = folder / "results";
  int others = 0;
  SUBCASE("working beside the results") {}
  SUBCASE("working inside") {
    std::ofstream(folder / "results.work") << "in the way";
    others = 1;
  }
  const auto content_of = [](int process, int i) {
    return std::string(2000, static_cast<char>('a' + process)) + std::to_string(i);
  };

  test::ChildProcesses all(processes, [&](int process) {
    for (int i = 0; i < names; ++i) {
      check_publishable(root, setting);
      // A new setting for every tenth name, so that whole folders are raced for as well.
      const fs::path own = setting / ("part" + std::to_string(i / 10));
      publish(
          root, own, [&](int attempt) { return std::to_string(i) + "__" + name_for(attempt); }, content_of(process, i));
    }
  });
  // An analyzer that looks at any moment sees no folder without a file.
  bool empty_seen = false;
  all.wait([&] {
    std::error_code error;
    std::vector<fs::path> folders;
    for (fs::recursive_directory_iterator each(root, error), end; !error && each != end; each.increment(error))
      if (each->is_directory(error) && each->path().string().find("/.deepobs-run-") == std::string::npos)
        folders.push_back(each->path());
    for (const auto& each : folders) empty_seen |= fs::exists(each, error) && fs::is_empty(each, error) && !error;
  });
  CHECK_FALSE(empty_seen);

  const auto found = files_below(root);
  CHECK(found.size() == processes * names);
  std::multiset<std::string> contents, expected;
  for (const auto& [path, bytes] : found) contents.insert(bytes);
  for (int process = 0; process < processes; ++process)
    for (int i = 0; i < names; ++i) expected.insert(content_of(process, i));
  CHECK((contents == expected));
  for (int i = 0; i < names; ++i)
    for (int attempt = 0; attempt < processes; ++attempt)  // no number is skipped
      CHECK(
          found.contains(setting / ("part" + std::to_string(i / 10)) / (std::to_string(i) + "__" + name_for(attempt))));
  CHECK(entries(folder.path()) == 1 + others);
}

TEST_CASE("publish: full, read-only and separately mounted file systems") {
  TempDir folder;
  const fs::path disk = folder / "disk";
  fs::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0) {
    MESSAGE("skipped: this user may not mount a small file system (errno ", errno, ")");
    return;
  }
  struct Unmount {
    fs::path disk;
    ~Unmount() { ::umount2(disk.c_str(), MNT_DETACH); }
  } unmount{disk};

  // The second write is cut short first and fails then; the file before stays whole, nothing of the new one remains on
  // the disk, and the result is kept where there is room.
  const std::string half(40'000, 'x');
  publish(disk / "results", setting, name_for, half);
  const auto full = [&](const fs::path& to) {
    const Error error = error_of([&] { publish(disk / "results", to, name_for, half); });
    check_error([&] { throw Error(error); }, Fault::io, {"cannot write 40000 bytes to '", "No space left on device"});
    const fs::path kept = kept_file(error);
    CHECK(content(kept) == half);
    CHECK(kept.lexically_relative(disk).begin()->string() == "..");
    fs::remove(kept);
  };
  full(setting);
  full("other/SGD/setting");
  CHECK(files_below(disk) == std::map<std::string, std::string>{{"results" / setting / name_for(0), half}});
  CHECK(entries(disk) == 1);
  publish(disk / "results", "other/SGD/setting", name_for, "small");

  // The neighbour of a mount point is on another file system.
  check_publishable(disk, setting);
  CHECK(publish(disk, setting, name_for, "x") == disk / setting / name_for(0));
  CHECK(publish(disk, setting, name_for, "y") == disk / setting / name_for(1));
  CHECK(entries(disk) == 2);  // results, mnist_mlp
  CHECK(entries(folder.path()) == 1);
  publish_and_be_killed(disk);
  check_publishable(disk);
  CHECK(entries(disk) == 2);
  CHECK(entries(folder.path()) == 1);

  REQUIRE(::mount("tmpfs", disk.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0);
  for (const char* root : {"results", "new"}) {
    check_refused(disk / root, "Read-only file system");
    check_error([&] { check_publishable(disk / root); }, Fault::io, "Read-only file system");
  }
}

}  // namespace deepobs
