#include "problems/data/locate.h"

#include <algorithm>
#include <system_error>

#include "engine/check.h"

namespace deepobs {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  require(status.type() != fs::file_type::none, Fault::io, "cannot look for ", path.string(), ": ", error.message());
  return status.type() != fs::file_type::not_found;
}

/// "/x/MNIST/raw/" ends in "MNIST/raw".
bool ends_in(const fs::path& path, const fs::path& names) {
  const fs::path normal = (path / "").lexically_normal().parent_path();  // without a last slash
  const std::vector<fs::path> all(normal.begin(), normal.end()), last(names.begin(), names.end());
  return all.size() >= last.size() && std::equal(last.rbegin(), last.rend(), all.rbegin());
}

std::optional<Location> files_in(const DatasetInfo& info, const fs::path& folder) {
  Location found{.folder = folder, .files = std::vector<fs::path>(info.files.size()), .archive = {}};
  bool any = false;
  for (std::size_t i = 0; i < info.files.size(); ++i)
    for (const std::string& spelling : info.files[i].spellings)
      if (found.files[i].empty() && is_there(folder / spelling)) {
        found.files[i] = folder / spelling;
        any = true;
      }
  return any ? std::optional(found) : std::nullopt;
}

std::optional<Location> archive_in(const DatasetInfo& info, const fs::path& folder) {
  if (info.archive.empty() || !is_there(folder / info.archive)) return {};
  return Location{.folder = folder, .files = {}, .archive = folder / info.archive};
}

std::string join(std::span<const std::string> parts) {
  std::string joined;
  for (const std::string& part : parts) joined += joined.empty() ? part : ", " + part;
  return joined;
}

}  // namespace

std::vector<fs::path> search_places(const fs::path& data_dir, const fs::path& home) {
  std::vector<fs::path> places;
  const auto add = [&](const fs::path& place) {
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  };
  if (!data_dir.empty()) add(data_dir);
  add("data_deepobs");
  add("data");
  if (!home.empty()) add(home / ".local/share/deepobs");
  add("/usr/local/share/datasets");
  add("/usr/share/datasets");
  return places;
}

std::optional<Location> locate(const DatasetInfo& info, std::span<const fs::path> places) {
  for (const fs::path& place : places) {
    std::vector<fs::path> folders;
    for (const std::string& name : info.folders)
      if (ends_in(place, name)) folders.push_back(place);
    for (const std::string& name : info.folders) folders.push_back(place / name);
    for (const fs::path& folder : folders) {
      if (auto found = files_in(info, folder)) return found;
      if (auto found = archive_in(info, folder)) return found;
    }
    if (auto found = archive_in(info, place)) return found;
  }
  return {};
}

fs::path folder_to_make(const DatasetInfo& info, std::span<const fs::path> places) {
  const fs::path name = info.folders.front();
  if (places.empty()) return name;
  return ends_in(places.front(), name) ? places.front() : places.front() / name;
}

std::string how_to_get(const DatasetInfo& info, const fs::path& folder) {
  std::string ways = info.how_to_get;
  const std::string mark = "FOLDER", path = fs::absolute(folder).lexically_normal().string();
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

std::string not_found_text(const DatasetInfo& info, std::span<const fs::path> places) {
  std::vector<std::string> files, looked;
  for (const FileInfo& file : info.files) files.push_back(file.spellings.front());
  for (const fs::path& place : places) looked.push_back(place.string() + (is_there(place) ? "" : " (does not exist)"));
  std::string needed = join(files);
  if (!info.archive.empty()) needed += "; or " + info.archive + ", also beside the folder";
  if (info.files.front().spellings.size() > 1) needed += " (or unpacked, without .gz)";
  return text("data set ", info.name, " (", info.title, ") was not found\n  needed    ", needed, "\n  in one of ",
              join(info.folders), "\n  below     ", join(looked), get_it_text(info, folder_to_make(info, places)));
}

}  // namespace deepobs
