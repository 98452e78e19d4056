#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runner/results/files/file.h"
#include "runner/results/files/safetensors.h"

namespace deepobs {

/// What one checkpoint holds: tensors, and texts beside them.
struct CheckpointContent {
  std::vector<StoredTensor> tensors;
  TensorMetadata texts;

  /// Empty where there is none of that name.
  std::string_view text(std::string_view name) const;
};

/// The checkpoints of one run: a folder of its own with two files, of which the older one is replaced each time. So a
/// whole one is there at every moment, whatever happens while the other is written. Each is a safetensors file with a
/// generation and a CRC-32 of all that it holds among its texts.
///
/// While the object lives, the folder is its own: another process that opens it gets an error.
class CheckpointFolder {
 public:
  /// The folder `run` below that of all checkpoints; made where it is missing.
  /// Errors: io, also when another process works with it.
  CheckpointFolder(const std::filesystem::path& of_all, const std::filesystem::path& run);

  /// The newest checkpoint that is whole; nothing where there is none. A line in `passed_over` for each file that is
  /// damaged. Errors: io; data, for one that is whole and of a later format.
  std::optional<CheckpointContent> newest(std::vector<std::string>& passed_over);

  /// Writes a new one over the older of the two. Errors: io; both files are as they were then.
  void write(CheckpointContent content);

  /// The run is complete: removes the files, and the folders below that of all checkpoints that are empty then.
  void remove() noexcept;

  const std::filesystem::path& path() const { return folder_; }

 private:
  std::filesystem::path file(std::int64_t generation) const;

  std::filesystem::path of_all_, folder_;
  OpenFile lock_;
  std::int64_t generation_ = 0;  ///< of the newest file
};

}  // namespace deepobs
