#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "problems/data/dataset_info.h"

namespace deepobs {

/// A folder in which data sets are looked for.
struct DataPlace {
  DataPlace(std::filesystem::path folder_, bool usual_ = false) : folder(std::move(folder_)), usual(usual_) {}

  std::filesystem::path folder;
  bool usual;  ///< nobody has asked for it: where it cannot be looked into, it is passed over

  bool operator==(const DataPlace&) const = default;
};

/// Where data sets are looked for, in this order: `data_dir` (if not empty); and the usual places, which are
/// `data_deepobs` and `data` below the current folder, `.local/share/deepobs` below `home` (if not empty),
/// `/usr/local/share/datasets`, `/usr/share/datasets`.
/// Errors: missing, if data_dir does not exist; io, if it is no folder or cannot be looked into.
std::vector<DataPlace> search_places(const std::filesystem::path& data_dir, const std::filesystem::path& home);

/// Where a data set was found.
struct Location {
  std::filesystem::path folder;
  std::vector<std::filesystem::path> files;  ///< one per DatasetInfo::files; an empty path where there is none
  std::filesystem::path archive;             ///< if not empty, the files are inside it and `files` is empty

  /// The archive, or the folder.
  const std::filesystem::path& found_in() const { return archive.empty() ? folder : archive; }
};

/// The first place that has at least one file of the set; a set is never put together from several folders. In a place
/// come first its folders of the names in DatasetInfo::folders, each with the files before an archive, then the archive
/// in the place itself. A place whose own path ends in one of these names is taken as the set's folder before that, so
/// `--data_dir=/x/fmnist` works for fmnist; under another name it would be ambiguous, because the files of MNIST and
/// Fashion-MNIST have equal names.
///
/// Errors: io if a folder cannot be looked into. A place that does not exist is passed over, and so is what cannot be
/// looked into of a usual one.
std::optional<Location> locate(const DatasetInfo& info, std::span<const DataPlace> places);

/// "could not look into data/mnist: Permission denied", for every folder of the usual places in which the set could not
/// be looked for.
std::vector<std::string> passed_over(const DatasetInfo& info, std::span<const DataPlace> places);

/// The text for a set that no place has: what is needed, where it was looked for, how to get it.
std::string not_found_text(const DatasetInfo& info, std::span<const DataPlace> places);

/// The folder of a set that no place has yet: in the first place, absolute.
std::filesystem::path folder_to_make(const DatasetInfo& info, std::span<const DataPlace> places);

/// DatasetInfo::how_to_get with the folder in its place, absolute.
std::string how_to_get(const DatasetInfo& info, const std::filesystem::path& folder);

/// "\n  get it    ..." : the same as the last lines of a message.
std::string get_it_text(const DatasetInfo& info, const std::filesystem::path& folder);

}  // namespace deepobs
