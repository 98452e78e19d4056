#include "runner/analysis/reading/folder_walk.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "engine/base/check.h"
#include "runner/results/text/counted.h"

namespace deepobs {
namespace {

namespace fs = std::filesystem;

constexpr int setting_depth = 3;  // results / problem / optimizer / setting

class Walk {
 public:
  explicit Walk(const fs::path& root) : root_(root), real_root_(fs::canonical(root)) {}

  FolderWalk all() {
    look_into(root_, 0, false);
    const auto key = [](const SettingFolder& s) { return std::tie(s.problem, s.optimizer, s.name, s.place); };
    std::ranges::sort(walk_.settings, {}, key);
    const auto same = [](const SettingFolder& a, const SettingFolder& b) {
      return std::tie(a.problem, a.optimizer, a.name) == std::tie(b.problem, b.optimizer, b.name);
    };
    for (std::size_t i = 0; i < walk_.settings.size(); ++i)
      if ((i > 0 && same(walk_.settings[i], walk_.settings[i - 1])) ||
          (i + 1 < walk_.settings.size() && same(walk_.settings[i], walk_.settings[i + 1])))
        repeated_.push_back(walk_.settings[i].place);
    tell(FindingKind::repeated_folder, repeated_);
    tell(FindingKind::empty_folder, empty_);
    tell(FindingKind::unreadable_folder, closed_);
    return std::move(walk_);
  }

 private:
  std::string place(const fs::path& path) const { return path.lexically_relative(root_).string(); }

  void tell(FindingKind kind, std::vector<std::string>& places) {
    if (places.empty()) return;
    std::ranges::sort(places);
    walk_.findings.push_back(folder_finding(kind, std::move(places)));
  }

  /// True where a run lies in the folder or below it.
  bool look_into(const fs::path& folder, int depth, bool in_setting) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    if (error || !been_in_.insert(real).second) return !error;  // been there: what was found counts there
    std::vector<fs::path> folders;
    std::vector<std::string> files;
    fs::directory_iterator entries(folder, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
      const fs::path& path = entries->path();
      std::error_code unknown;
      if (entries->is_directory(unknown))
        folders.push_back(path);
      else if (path.extension() == ".json")
        files.push_back(path.filename().string());
      else
        ++walk_.other_files;
    }
    if (error) closed_.push_back(place(folder));

    const std::string name = real.filename().string();
    const bool is_named = name.find("num_epochs") != std::string::npos;
    const auto is_run = [](const std::string& file) { return file.starts_with("random_seed__"); };
    const bool is_setting = is_named || std::ranges::any_of(files, is_run);
    // By its depth alone, where the files have names of their own: the folder of an optimizer has folders in it.
    const bool takes_all = is_named || (depth == setting_depth && folders.empty());
    const auto is_other = [&](const std::string& file) { return !takes_all && !is_run(file); };
    walk_.other_files += static_cast<std::int64_t>(std::erase_if(files, is_other));
    bool found = !files.empty();
    if (found) add(folder, std::move(files));
    std::ranges::sort(folders);
    for (const auto& each : folders) found |= look_into(each, depth + 1, in_setting || is_setting);
    if (!found && !error && depth > 0 && (is_named || (folders.empty() && !in_setting)))
      empty_.push_back(place(folder));
    return found;
  }

  void add(const fs::path& folder, std::vector<std::string> files) {
    std::ranges::sort(files);
    walk_.files += static_cast<std::int64_t>(files.size());
    // A link inside the tree may give an optimizer another name; where the tree ends, the real names go on.
    const fs::path named = folder == root_ ? real_root_ : real_root_ / folder.lexically_relative(root_);
    const fs::path optimizer = named.parent_path();
    walk_.settings.push_back({folder, place(folder), optimizer.parent_path().filename().string(),
                              optimizer.filename().string(), named.filename().string(), std::move(files)});
  }

  fs::path root_, real_root_;
  FolderWalk walk_;
  std::set<fs::path> been_in_;
  std::vector<std::string> empty_, closed_, repeated_;
};

}  // namespace

Finding folder_finding(FindingKind kind, std::vector<std::string> places) {
  const char* what = kind == FindingKind::repeated_folder
                         ? "their problem, optimizer and setting are those of another, and they count apart: "
                     : kind == FindingKind::empty_folder ? "there is no run in "
                                                         : "cannot be looked into, ";
  const std::string count = counted(static_cast<std::int64_t>(places.size()), "folder");
  return {kind, what + count, std::move(places)};
}

FolderWalk walk_results(const fs::path& results) {
  std::error_code error;
  const auto status = fs::status(results, error);
  require(fs::exists(status), Fault::missing, "there is no folder '", results.string(), "'");
  require(fs::is_directory(status), Fault::usage, "'", results.string(),
          "' is no folder; give the one that holds the folders of the test problems");
  return Walk(results).all();
}

}  // namespace deepobs
