#include "runner/publish.h"

#include <fcntl.h>
#include <stdio.h>  // renameat2: <cstdio> does not promise it
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <system_error>
#include <vector>

#include "engine/check.h"
#include "runner/file.h"

namespace deepobs {

namespace {

namespace fs = std::filesystem;

// Twins may remove a folder between our look at it and its use; each time round means that one of them got done.
constexpr int most_rounds = 100;

// The real place of the results, whether it exists or not: absolute, without symbolic links and trailing slash, so that
// its neighbour is in the same file system.
fs::path real_root(const fs::path& results_root) {
  require(!results_root.empty(), Fault::usage,
          "the results folder must have a name, but it is empty; \".\" is the current one");
  std::error_code error;
  fs::path root = fs::absolute(results_root, error);
  if (!error) root = fs::weakly_canonical(root, error);
  if (error) fail_io("follow the path of the results folder", results_root, error.value());
  if (!root.has_filename()) root = root.parent_path();
  require(root.has_relative_path(), Fault::usage, "the results folder must not be the root '/' of the file system");
  return root;
}

bool is_folder(const fs::path& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) == 0) {
    require(S_ISDIR(status.st_mode), Fault::io, "'", path.string(), "' is a file where a folder is needed");
    return true;
  }
  if (errno != ENOENT) fail_io("look at", path, errno);
  // Neither could a folder be made under this name, nor does one come by waiting.
  require(::lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode), Fault::io, "'", path.string(),
          "' is a symbolic link to a place that does not exist");
  return false;
}

// Makes one folder; false when it is there already. A vanished parent is for the caller to handle.
bool make_folder(const fs::path& path) {
  for (int round = 0;; ++round) {
    if (uninterrupted([&] { return ::mkdir(path.c_str(), 0777); }) == 0) return true;
    const int error = errno;
    if (error == EEXIST) {
      is_folder(path);  // throws for a file
      return false;
    }
    // Where the parent stays, the file system has no place for folders (as /proc), and says so in the same way.
    if (error == ENOENT && !is_folder(path.parent_path())) return false;
    if (error != ENOENT || round == most_rounds) fail_io("make the folder", path, error);
  }
}

// Makes `path` and its missing parents, all on the disk. Returns those that it made, outermost first.
std::vector<fs::path> make_folders(const fs::path& path) {
  std::vector<fs::path> missing, made;
  for (fs::path each = path; !is_folder(each); each = each.parent_path()) missing.push_back(each);
  for (auto each = missing.rbegin(); each != missing.rend(); ++each) {
    if (!make_folder(*each)) continue;
    made.push_back(*each);
    sync_folder(each->parent_path());
  }
  return made;
}

// Says which folder was asked for: the system may have refused one above it, or one beside it.
template <class Call>
auto naming(const fs::path& results_root, Call call) {
  try {
    return call();
  } catch (const Error& error) {
    fail(error.fault(), "cannot write to the results folder '", results_root.string(), "': ", error.what());
  }
}

// A folder of our own in `<results>.work/`, removed with its content at the end, and the tree with it when empty.
class WorkFolder {
 public:
  explicit WorkFolder(const fs::path& root) : tree_(root.string() + ".work") {
    try {
      make();
    } catch (const Error& error) {
      ::rmdir(tree_.c_str());  // no destructor will: it stays only while others work there
      fail(error.fault(), error.what(), "; unfinished results lie in that folder, beside the results");
    }
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder() {
    if (kept_) return;
    std::error_code ignored;  // what cannot be removed is no part of the results
    fs::remove_all(path_, ignored);
    ::rmdir(tree_.c_str());  // fails while others work there
  }

  const fs::path& path() const { return path_; }
  void keep() { kept_ = true; }

 private:
  void make() {
    for (int round = 0;; ++round) {
      make_folders(tree_);
      std::string name;
      const char* made = nullptr;
      do {
        name = (tree_ / "publish-XXXXXX").string();
        made = ::mkdtemp(name.data());
      } while (made == nullptr && errno == EINTR);
      if (made != nullptr) {
        path_ = name;
        return;
      }
      // A twin has removed the empty tree under our feet: make it again.
      if (errno != ENOENT || round == most_rounds) fail_io("make a folder in", tree_, errno);
    }
  }

  fs::path tree_, path_;
  bool kept_ = false;
};

enum class Outcome {
  done,
  taken,     ///< another file has this name
  vanished,  ///< a folder on the way has gone or come since we looked: look again
};

bool same_file(const fs::path& a, const fs::path& b) {
  struct stat x, y;
  return ::lstat(a.c_str(), &x) == 0 && ::lstat(b.c_str(), &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

[[noreturn]] void fail_placing(const fs::path& target, int error) {
  require(error != EXDEV, Fault::io, "cannot put '", target.string(),
          "' into place: the results folder and the folder beside it are on different file systems; "
          "give a results folder below the mount point, such as its subfolder 'runs'");
  fail_io("put into place", target, error);
}

// For file systems without hard links.
Outcome rename_to_new_name(const fs::path& file, const fs::path& target) {
  const auto rename = [&] { return ::renameat2(AT_FDCWD, file.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE); };
  if (uninterrupted(rename) == 0) return Outcome::done;
  if (errno == EEXIST) return Outcome::taken;
  if (errno == ENOENT) return Outcome::vanished;
  // What is left (a lock, a file held open) would show unfinished files or hang on the lock of a dead process.
  require(errno != EINVAL && errno != ENOSYS, Fault::io, "cannot put '", target.string(),
          "' into place: its file system has neither hard links nor a rename that keeps existing files; "
          "choose a results folder on another one");
  fail_placing(target, errno);
}

// Gives the file its final name, if that is free. link() never replaces, on NFS as well.
Outcome link_to_new_name(const fs::path& file, const fs::path& target) {
  if (uninterrupted([&] { return ::link(file.c_str(), target.c_str()); }) == 0) return Outcome::done;
  switch (errno) {
    case EEXIST:  // NFS repeats a request whose answer was lost, and then finds the name that it made itself
      return same_file(file, target) ? Outcome::done : Outcome::taken;
    case ENOENT:
      return Outcome::vanished;
    case EPERM:
    case EOPNOTSUPP:
    case ENOSYS:
      return rename_to_new_name(file, target);
    default:
      fail_placing(target, errno);
  }
}

// The folders of `folder` below `root`, split where they cease to exist.
struct Way {
  fs::path existing;              // root, or root / "problem" ...
  std::vector<fs::path> missing;  // "optimizer", "setting"
};

Way look_at_way(const fs::path& root, const fs::path& folder) {
  Way way{root, {}};
  for (const fs::path& part : folder)
    if (!way.missing.empty() || !is_folder(way.existing / part))
      way.missing.push_back(part);
    else
      way.existing /= part;
  return way;
}

// Builds the missing folders aside, with the file inside, and puts their topmost into place: they appear all at once.
// `file` says where the file is afterwards, also when a twin was faster.
Outcome rename_tree(const Way& way, const fs::path& workbench, fs::path& file, const std::string& name) {
  std::vector<fs::path> folders;
  for (fs::path each = workbench; const fs::path& part : way.missing) folders.push_back(each /= part);
  make_folder(workbench);
  for (const fs::path& each : folders) make_folder(each);
  const fs::path inside = folders.back() / name;
  if (uninterrupted([&] { return ::rename(file.c_str(), inside.c_str()); }) != 0)
    fail_io("put into place", inside, errno);
  file = inside;
  for (auto each = folders.rbegin(); each != folders.rend(); ++each) sync_folder(*each);

  const fs::path target = way.existing / way.missing.front();
  if (uninterrupted([&] { return ::rename(folders.front().c_str(), target.c_str()); }) == 0) return Outcome::done;
  if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOENT) return Outcome::vanished;
  fail_placing(target, errno);
}

void check_folder(const fs::path& folder) {
  require(folder.is_relative(), Fault::internal, "publish: '", folder.string(),
          "' must be relative to the results folder");
  for (const fs::path& part : folder)
    require(part != "." && part != ".." && !part.empty(), Fault::internal, "publish: '", folder.string(),
            "' must be a plain path below the results folder");
}

fs::path place(const fs::path& root, const fs::path& folder, const std::function<std::string(int)>& name_for,
               const fs::path& work, fs::path& file) {
  std::string name = name_for(0);
  int attempt = 0, rounds = 0;
  for (;;) {
    require(!name.empty() && name.find('/') == std::string::npos && name != "." && name != "..", Fault::internal,
            "publish: '", name, "' cannot be the name of a file");
    make_folders(root);
    const Way way = look_at_way(root, folder);
    const fs::path target = root / folder / name;
    const Outcome outcome = way.missing.empty() ? link_to_new_name(file, target)
                                                : rename_tree(way, work / text("tree", rounds), file, name);
    if (outcome == Outcome::done) return target;
    if (outcome == Outcome::taken) {
      std::string next = name_for(++attempt);
      require(next != name, Fault::internal, "publish: attempts ", attempt - 1, " and ", attempt, " both give '", name,
              "'");
      name = std::move(next);
    } else {
      require(++rounds < most_rounds, Fault::io, "cannot put '", target.string(),
              "' into place: its folders keep changing; is something removing them?");
    }
  }
}

// Publishes a probe, and removes it with every folder that was made for it.
void try_out(const fs::path& root, std::span<const fs::path> folders) {
  struct Cleanup {
    std::vector<fs::path> files, folders;
    ~Cleanup() {
      for (const auto& each : files) ::unlink(each.c_str());
      for (auto each = folders.rbegin(); each != folders.rend(); ++each) ::rmdir(each->c_str());
    }
  } cleanup;

  for (int round = 0;; ++round) {
    const auto made = make_folders(root);
    cleanup.folders.insert(cleanup.folders.end(), made.begin(), made.end());
    WorkFolder work(root);
    const fs::path probe = work.path() / "probe";
    write_new_file(probe, std::array<std::string_view, 1>{"probe"});
    // A plain file at the top of the results is the one thing that the analyzers pass over.
    const fs::path landed = root / (".deepobs-" + work.path().filename().string());
    const Outcome outcome = link_to_new_name(probe, landed);
    if (outcome == Outcome::done) {
      cleanup.files.push_back(landed);
      break;
    }
    require(round < most_rounds, Fault::io, "it keeps changing; is something removing it?");
  }
  for (const fs::path& folder : folders) {
    const Way way = look_at_way(root, folder);
    if (::access(way.existing.c_str(), W_OK | X_OK) != 0) fail_io("write to the folder", way.existing, errno);
  }
}

}  // namespace

fs::path publish(const fs::path& results_root, const fs::path& folder, const std::function<std::string(int)>& name_for,
                 std::string_view bytes) {
  check_folder(folder);
  const fs::path root = real_root(results_root);
  WorkFolder work = naming(results_root, [&] { return WorkFolder(root); });
  fs::path file = work.path() / "result.tmp";
  naming(results_root, [&] { write_new_file(file, std::array{bytes}); });

  fs::path target;
  try {
    target = place(root, folder, name_for, work.path(), file);
  } catch (const Error& error) {
    work.keep();
    fail(error.fault(), error.what(), "; the complete result (", bytes.size(), " bytes) is kept in '", file.string(),
         "'");
  }
  try {
    // Up to the root: a twin that made one of these folders may not have come to this point yet.
    for (fs::path each = target.parent_path(); each != root.parent_path(); each = each.parent_path()) sync_folder(each);
  } catch (const Error& error) {
    fail(error.fault(), error.what(), "; the result (", bytes.size(), " bytes) is complete in '", target.string(),
         "', but may not survive a power failure");
  }
  return target;
}

void check_publishable(const fs::path& results_root, const fs::path& folder) {
  check_publishable(results_root, std::span(&folder, 1));
}

void check_publishable(const fs::path& results_root, std::span<const fs::path> folders) {
  for (const fs::path& folder : folders) check_folder(folder);
  const fs::path root = real_root(results_root);
  naming(results_root, [&] { try_out(root, folders); });
}

}  // namespace deepobs
