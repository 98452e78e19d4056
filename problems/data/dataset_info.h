#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/shape.h"

namespace deepobs {

/// What the official distribution of a data set is: its files, their sizes and checksums, and where they come from.

enum class Half { train, test };
enum class Content { images, labels, records };  ///< records hold a label and an image each

struct FileInfo {
  std::vector<std::string> spellings;  ///< names the file may have; the first is the official one
  Half half;
  Content content;
  std::int64_t records;              ///< official number
  std::optional<std::uint32_t> crc;  ///< CRC-32 of the unpacked official file; nothing where none is known
};

struct DatasetInfo {
  std::string name;   ///< DeepOBS's: "cifar10"
  std::string title;  ///< "CIFAR-10"
  Shape image;        ///< [H, W, C]
  int classes = 0;
  int coarse_classes = 0;            ///< of a coarse label in front of the label; 0: there is none
  std::vector<std::string> folders;  ///< where the files lie below a place, first choice first
  std::vector<FileInfo> files;       ///< in the order of the samples
  std::string archive;               ///< a .tar.gz that holds the files; empty: there is none
  std::string archive_folder;        ///< the folder inside it
  std::string how_to_get;            ///< one line per way; FOLDER stands for where the files should be put
};

/// Official number of samples of one half.
std::int64_t official_count(const DatasetInfo& info, Half half);

/// All known data sets, in DeepOBS's order.
std::span<const DatasetInfo> dataset_infos();

/// Errors: usage, with the known names, if there is no such set.
const DatasetInfo& dataset_info(std::string_view name);

}  // namespace deepobs
