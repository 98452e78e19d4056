#include "problems/data/locate.h"

#include <algorithm>
#include <system_error>

#include "engine/base/check.h"

namespace deepobs {
namespace {

namespace fs = std::filesystem;

/// Whether there is something of this name. What stands in the way of knowing is in `error`, if anything does.
bool is_there(const fs::path& path, std::error_code& error) {
  const fs::file_status status = fs::status(path, error);
  if (status.type() != fs::file_type::none) error.clear();
  return status.type() != fs::file_type::none && status.type() != fs::file_type::not_found;
}

/// Whether a place has something of this name. Errors: io, where that cannot be known and the place is no usual one.
bool has(const DataPlace& place, const fs::path& path) {
  std::error_code error;
  const bool there = is_there(path, error);
  require(!error || place.usual, Fault::io, "cannot look for ", path.string(), ": ", error.message());
  return there;
}

/// "/x/MNIST/raw/" ends in "MNIST/raw".
bool ends_in(const fs::path& path, const fs::path& names) {
  const fs::path normal = (path / "").lexically_normal().parent_path();  // without a last slash
  const std::vector<fs::path> all(normal.begin(), normal.end()), last(names.begin(), names.end());
  return all.size() >= last.size() && std::equal(last.rbegin(), last.rend(), all.rbegin());
}

std::optional<Location> files_in(const DatasetInfo& info, const DataPlace& place, const fs::path& folder) {
  Location found{.folder = folder, .files = std::vector<fs::path>(info.files.size()), .archive = {}};
  bool any = false;
  for (std::size_t i = 0; i < info.files.size(); ++i)
    for (const std::string& spelling : info.files[i].spellings)
      if (found.files[i].empty() && has(place, folder / spelling)) {
        found.files[i] = folder / spelling;
        any = true;
      }
  return any ? std::optional(found) : std::nullopt;
}

std::optional<Location> archive_in(const DatasetInfo& info, const DataPlace& place, const fs::path& folder) {
  if (info.archive.empty() || !has(place, folder / info.archive)) return {};
  return Location{.folder = folder, .files = {}, .archive = folder / info.archive};
}

/// Where the set may lie in a place, in this order.
std::vector<fs::path> folders_in(const DatasetInfo& info, const DataPlace& place) {
  std::vector<fs::path> folders;
  for (const std::string& name : info.folders)
    if (ends_in(place.folder, name)) folders.push_back(place.folder);
  for (const std::string& name : info.folders) folders.push_back(place.folder / name);
  return folders;
}

std::string join(std::span<const std::string> parts) {
  std::string joined;
  for (const std::string& part : parts) joined += joined.empty() ? part : ", " + part;
  return joined;
}

}  // namespace

std::vector<DataPlace> search_places(const fs::path& data_dir, const fs::path& home) {
  std::vector<DataPlace> places;
  if (!data_dir.empty()) {
    std::error_code error;
    require(is_there(data_dir, error) || error, Fault::missing, "data_dir: there is no folder ", data_dir.string());
    if (!error) is_there(data_dir / ".", error);  // what is in it can be looked at, or not
    require(!error, Fault::io, "data_dir: cannot look into ", data_dir.string(), ": ", error.message());
    require(fs::is_directory(data_dir, error), Fault::io, "data_dir: ", data_dir.string(),
            " is a file, but a folder is needed");
    places.emplace_back(data_dir);
  }
  const auto add = [&](const fs::path& place) {
    if (std::ranges::find(places, place, &DataPlace::folder) == places.end()) places.emplace_back(place, true);
  };
  add("data_deepobs");
  add("data");
  if (!home.empty()) add(home / ".local/share/deepobs");
  add("/usr/local/share/datasets");
  add("/usr/share/datasets");
  return places;
}

std::optional<Location> locate(const DatasetInfo& info, std::span<const DataPlace> places) {
  for (const DataPlace& place : places) {
    for (const fs::path& folder : folders_in(info, place)) {
      if (auto found = files_in(info, place, folder)) return found;
      if (auto found = archive_in(info, place, folder)) return found;
    }
    if (auto found = archive_in(info, place, place.folder)) return found;
  }
  return {};
}

std::vector<std::string> passed_over(const DatasetInfo& info, std::span<const DataPlace> places) {
  std::vector<std::string> texts;
  const auto look = [&](const fs::path& folder) {
    std::error_code error;
    is_there(folder / info.files.front().spellings.front(), error);
    if (error) texts.push_back(text("could not look into ", folder.string(), ": ", error.message()));
    return !error;
  };
  for (const DataPlace& place : places)
    if (place.usual && look(place.folder))
      for (const fs::path& folder : folders_in(info, place))
        if (folder != place.folder) look(folder);
  return texts;
}

fs::path folder_to_make(const DatasetInfo& info, std::span<const DataPlace> places) {
  const fs::path name = info.folders.front();
  if (places.empty()) return name;
  const fs::path& first = places.front().folder;
  return ends_in(first, name) ? first : first / name;
}

std::string how_to_get(const DatasetInfo& info, const fs::path& folder) {
  std::string ways = info.how_to_get;
  std::error_code gone;  // the current folder may have
  const fs::path absolute = fs::absolute(folder, gone);
  const std::string mark = "FOLDER", path = (gone ? folder : absolute).lexically_normal().string();
  for (auto at = ways.find(mark); at != std::string::npos; at = ways.find(mark, at + path.size()))
    ways.replace(at, mark.size(), path);
  return ways;
}

std::string get_it_text(const DatasetInfo& info, const fs::path& folder) {
  std::string ways = how_to_get(info, folder);
  const std::string indent = "            ";
  for (auto at = ways.find('\n'); at != std::string::npos; at = ways.find('\n', at + 1)) ways.insert(at + 1, indent);
  return "\n  get it    " + ways;
}

std::string not_found_text(const DatasetInfo& info, std::span<const DataPlace> places) {
  std::vector<std::string> files, looked;
  for (const FileInfo& file : info.files) files.push_back(file.spellings.front());
  for (const DataPlace& place : places) {
    std::error_code error;
    const bool absent = !is_there(place.folder, error) && !error;
    looked.push_back(place.folder.string() + (absent ? " (does not exist)" : ""));
  }
  std::string needed = join(files);
  if (!info.archive.empty()) needed += "; or " + info.archive + ", also beside the folder";
  if (info.files.front().spellings.size() > 1) needed += " (or unpacked, without .gz)";
  std::string closed;
  for (const std::string& each : passed_over(info, places)) closed += "\n            " + each;
  return text("data set ", info.name, " (", info.title, ") was not found\n  needed    ", needed, "\n  in one of ",
              join(info.folders), "\n  below     ", join(looked), closed,
              get_it_text(info, folder_to_make(info, places)));
}

}  // namespace deepobs
