#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "runner/results/json/json_reader.h"

namespace deepobs {

/// Reads result files by the ten thousand: what read_result() gives, but for the lists that an analysis does not need
/// (mini-batch losses, losses without regulariser, further metrics), which are passed over and left empty. A file with
/// anything that is not as expected is read again by read_result(), which says what is wrong or takes it.
/// What is inside a list that is passed over nobody looks at: read_result() does.
class BulkReader {
 public:
  BulkReader();
  ~BulkReader();
  BulkReader(const BulkReader&) = delete;
  BulkReader& operator=(const BulkReader&) = delete;

  /// Errors: those of read_result().
  ReadResult read(const std::filesystem::path& path);

  /// The same from memory; nothing where read_result() is to judge.
  std::optional<ReadResult> parse(std::string_view json);

  /// How many files read_result() was asked about.
  std::int64_t doubtful() const { return doubtful_; }

 private:
  struct Parser;
  std::optional<ReadResult> parse_buffer(std::size_t bytes);

  std::unique_ptr<Parser> parser_;
  std::int64_t doubtful_ = 0;
};

}  // namespace deepobs
