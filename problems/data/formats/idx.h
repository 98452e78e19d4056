#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "problems/data/formats/file_bytes.h"

namespace deepobs {

/// What an IDX file of a known data set must be.
struct IdxForm {
  std::vector<std::int64_t> item;  ///< extents of one sample: {28, 28} for images, {} for labels
  std::int64_t max_count = 0;      ///< samples; more are an error, so no header can ask for more memory than this
};

/// An IDX file of unsigned bytes (the format of the MNIST files), plain or gzip: a word 0x000008RR with the rank RR,
/// one big-endian 32-bit word per extent, the bytes in row-major order.
///
/// Errors: those of FileBytes; data if the header is not that of `form`, if there are no samples, or if the file does
/// not hold exactly the bytes that its header announces. A header is judged before any memory is taken on its word.
class IdxFile {
 public:
  /// Reads the header.
  IdxFile(const std::filesystem::path& file, const IdxForm& form);

  std::int64_t count() const { return count_; }
  std::string name() const { return bytes_.name(); }

  /// Whether the file can hold what its header announces. A plain file has shown that already; of a gzip file the size
  /// in its trailer is compared, and only where that is another one the file is unpacked to see what is wrong: a right
  /// one may have several members. Not to be followed by read().
  void check_length();

  /// The payload: count() samples. To be called once.
  std::vector<std::uint8_t> read();

  /// After read(): CRC-32 of the whole unpacked file, header included.
  std::uint32_t crc() const { return bytes_.crc(); }

 private:
  FileBytes bytes_;
  std::int64_t count_ = 0;
  std::uint64_t payload_ = 0;
};

}  // namespace deepobs
