#include "runner/results/files/publish.h"

#include <fcntl.h>
#include <stdio.h>  // renameat2: <cstdio> does not promise it
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "runner/results/caught.h"
#include "runner/results/files/claim.h"
#include "runner/results/files/file.h"

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
  fs::path root;
  for (int round = 0; round == 0 || (error == std::errc::no_such_file_or_directory && round < most_rounds); ++round) {
    root = fs::absolute(results_root, error);
    if (!error) root = fs::weakly_canonical(root, error);
  }
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

// Makes folders, and removes at its end those that are empty then.
class MadeFolders {
 public:
  MadeFolders() = default;
  MadeFolders(const MadeFolders&) = delete;
  MadeFolders& operator=(const MadeFolders&) = delete;
  ~MadeFolders() {
    for (auto each = made_.rbegin(); each != made_.rend(); ++each) ::rmdir(each->c_str());
  }

  // Makes `path` and its missing parents, all on the disk.
  void make(const fs::path& path) {
    std::vector<fs::path> missing;
    for (fs::path each = path; !is_folder(each); each = each.parent_path()) missing.push_back(each);
    for (auto each = missing.rbegin(); each != missing.rend(); ++each) {
      if (!make_folder(*each)) continue;
      made_.push_back(*each);
      sync_folder(each->parent_path());
    }
  }

  // To be removed too, though it may be a twin that has made it.
  void share(const fs::path& path) { made_.push_back(path); }

 private:
  std::vector<fs::path> made_;  // outermost first
};

// Says which folder was asked for: the system may have refused one above it, or one beside it.
template <class Call>
auto naming(const fs::path& results_root, Call call) {
  try {
    return call();
  } catch (const Error& error) {
    fail(error.fault(), "cannot write to the results folder '", results_root.string(), "': ", error.what());
  }
}

fs::path beside(const fs::path& root) { return root.string() + ".work"; }

// Names that nobody else gives: what they name may be removed (remove_leftovers).
constexpr std::string_view work_name = ".deepobs-run-", probe_name = ".deepobs-probe-", six = "XXXXXX";
bool is_ours(const std::string& name) {
  const bool known = name.starts_with(work_name) || name.starts_with(probe_name);
  return known && name.size() - name.rfind('-') == six.size() + 1;
}

// A folder of our own, claimed, and removed with its content at the end.
class WorkFolder {
 public:
  WorkFolder(const fs::path& tree, MadeFolders& folders) {
    for (int round = 0;; ++round) {
      folders.make(tree);
      std::string name;
      const char* made = nullptr;
      do {
        name = (tree / text(work_name, six)).string();
        made = ::mkdtemp(name.data());
      } while (made == nullptr && errno == EINTR);
      // ENOENT: a twin has removed the empty tree, or this folder, under our feet. Again.
      if (made == nullptr && errno != ENOENT) fail_io("make a folder in", tree, errno);
      if (made != nullptr) {
        path_ = name;
        claimed_ = OpenFile(
            uninterrupted([&] { return ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }));
        if (claimed_.descriptor() >= 0 && claim(claimed_, path_)) return;
        if (claimed_.descriptor() < 0 && errno != ENOENT) {
          const int error = errno;
          ::rmdir(path_.c_str());
          fail_io("open the folder", path_, error);
        }
      }
      if (round < most_rounds) continue;
      if (made == nullptr && is_folder(tree)) fail_io("make a folder in", tree, ENOENT);  // as /proc says
      fail(Fault::io, "'", tree.string(), "' keeps changing; is something removing it?");
    }
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder() {
    std::error_code ignored;  // what cannot be removed is no part of the results
    fs::remove_all(path_, ignored);
  }

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  OpenFile claimed_;
};

// Gives `work` a folder on the results' file system. Beside the results no analyzer comes across it. That cannot be
// where the folder above them is closed to this user or, at a mount point, on another file system: then it is inside,
// for as long as the work takes, under a hidden name.
template <class Work>
auto in_work_folder(const fs::path& root, MadeFolders& folders, Work work) {
  try {
    const WorkFolder aside(beside(root), folders);
    folders.share(beside(root));
    return work(aside.path());
  } catch (const Error& error) {
    if (error.fault() != Fault::io) throw;
  }
  const WorkFolder inside(root, folders);
  return work(inside.path());
}

// Removes what killed processes have left in a folder; whether there was something.
bool remove_ours(const fs::path& folder) {
  std::vector<fs::path> ours;
  std::error_code error;
  for (fs::directory_iterator each(folder, error), end; !error && each != end; each.increment(error))
    if (is_ours(each->path().filename().string())) ours.push_back(each->path());
  bool removed = false;
  for (const auto& each : ours) removed |= remove_abandoned(each);
  return removed;
}

// The same beside the results and in them, and in the folder above, where new ones were tried.
void remove_leftovers(const fs::path& root) {
  if (remove_ours(beside(root))) ::rmdir(beside(root).c_str());  // fails while others work there
  remove_ours(root);
  remove_ours(root.parent_path());
}

enum class Outcome {
  done,
  taken,     ///< another file has this name
  vanished,  ///< a folder on the way has gone or come since we looked: look again
};

bool same_file(const fs::path& a, const fs::path& b) {
  struct stat x, y;
  return ::lstat(a.c_str(), &x) == 0 && ::lstat(b.c_str(), &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
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
  fail_io("put into place", target, errno);
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
      fail_io("put into place", target, errno);
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
  fail_io("put into place", target, errno);
}

void check_folder(const fs::path& folder) {
  require(folder.is_relative(), Fault::internal, "publish: '", folder.string(),
          "' must be relative to the results folder");
  for (const fs::path& part : folder)
    require(part != "." && part != ".." && !part.empty(), Fault::internal, "publish: '", folder.string(),
            "' must be a plain path below the results folder");
}

fs::path place(const fs::path& root, const fs::path& folder, const std::function<std::string(int)>& name_for,
               const fs::path& work, fs::path file, MadeFolders& folders) {
  std::string name = name_for(0);
  int attempt = 0, rounds = 0;
  for (;;) {
    require(!name.empty() && name.find('/') == std::string::npos && name != "." && name != "..", Fault::internal,
            "publish: '", name, "' cannot be the name of a file");
    folders.make(root);
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

// Keeps a result that could not be put into place, under a name that remove_leftovers() never touches. At the top of
// the results, where nothing can lie beside them, DeepOBS 1.2's check_output stops at it, and that is better than no
// result. An empty `root` is one that is not known any more. Returns what to say of it.
std::string keep(const fs::path& root, const std::string& name, std::string_view bytes) {
  std::error_code none;
  std::vector<fs::path> places{root, fs::temp_directory_path(none), "/tmp"};
  MadeFolders folders;
  const auto make_beside = [&] {
    folders.make(beside(root));
    places.insert(places.begin(), beside(root));
  };
  if (!root.empty()) caught(make_beside);
  for (const fs::path& place : places)
    for (int i = 0; i < most_rounds && !place.empty(); ++i) {
      const fs::path file = place / (i == 0 ? name + ".kept" : text(name, ".kept-", i + 1));
      if (fs::symlink_status(file, none).type() != fs::file_type::not_found) continue;
      if (caught([&] { write_new_file(file, std::array{bytes}); })) break;
      return text("; the complete result (", bytes.size(), " bytes) is kept in '", file.string(), "'");
    }
  return text("; no place has room for the complete result, so here it is:\n", bytes);
}

// The folder that is there of the path, or above it.
fs::path nearest_existing(fs::path path) {
  while (!is_folder(path)) path = path.parent_path();
  return path;
}

// Makes the missing folders and a probe in them, in a folder of our own beside their place. In their place nobody could
// tell afterwards whether an empty one is left by a twin that tries the same, or wanted by its user.
void try_out_new(const fs::path& root, const fs::path& existing) {
  remove_ours(existing);
  MadeFolders made;
  const WorkFolder work(existing, made);
  const fs::path there = work.path() / root.lexically_relative(existing);
  made.make(there);
  const fs::path probe = work.path() / "probe";
  write_new_file(probe, std::array<std::string_view, 1>{"probe"});
  require(link_to_new_name(probe, there / "landed") == Outcome::done, Fault::io, "'", work.path().string(),
          "' keeps changing; is something removing it?");
}

// Publishes a probe, and removes it.
void try_out(const fs::path& root, std::span<const fs::path> folders) {
  if (const fs::path existing = nearest_existing(root); existing != root) return try_out_new(root, existing);
  struct Landed {
    fs::path path;
    ~Landed() { ::unlink(path.c_str()); }
  };
  MadeFolders made;
  in_work_folder(root, made, [&](const fs::path& work) {
    const fs::path probe = work / "probe";
    const OpenFile claimed = write_new_file(probe, std::array<std::string_view, 1>{"probe"});
    // A plain file at the top of the results is what most analyzers pass over.
    const std::string name = work.filename().string();
    const Landed landed{root / text(probe_name, name.substr(work_name.size()))};
    for (int round = 0; link_to_new_name(probe, landed.path) != Outcome::done; ++round) {
      require(round < most_rounds, Fault::io, "it keeps changing; is something removing it?");
      made.make(root);
    }
    for (const fs::path& folder : folders) {  // as long as the probe is there, no twin removes the results as empty
      const Way way = look_at_way(root, folder);
      if (::access(way.existing.c_str(), W_OK | X_OK) != 0) fail_io("write to the folder", way.existing, errno);
    }
  });
}

}  // namespace

fs::path publish(const fs::path& results_root, const fs::path& folder, const std::function<std::string(int)>& name_for,
                 std::string_view bytes) {
  check_folder(folder);
  MadeFolders folders;
  fs::path root, target;
  try {
    root = real_root(results_root);
    remove_leftovers(root);
    target = in_work_folder(root, folders, [&](const fs::path& work) {
      const fs::path file = work / "result.tmp";
      write_new_file(file, std::array{bytes});
      return place(root, folder, name_for, work, file, folders);
    });
  } catch (const Error& error) {
    if (error.fault() != Fault::io) throw;
    fail(error.fault(), "cannot write to the results folder '", results_root.string(), "': ", error.what(),
         keep(root, name_for(0), bytes));
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

fs::path work_folder(const fs::path& results_root) { return beside(real_root(results_root)); }

void check_publishable(const fs::path& results_root, const fs::path& folder) {
  check_publishable(results_root, std::span(&folder, 1));
}

void check_publishable(const fs::path& results_root, std::span<const fs::path> folders) {
  for (const fs::path& folder : folders) check_folder(folder);
  const fs::path root = real_root(results_root);
  remove_leftovers(root);
  naming(results_root, [&] { try_out(root, folders); });
}

}  // namespace deepobs
