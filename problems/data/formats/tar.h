#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "problems/data/formats/byte_source.h"

namespace deepobs {

/// One regular file of an archive.
struct TarEntry {
  std::string name;  ///< as the archive spells it, whatever that is; it is never used as a path
  std::uint64_t size = 0;
};

/// Walks the regular files of a tar archive from front to back, in memory: nothing is ever written to a disk and no
/// name is ever opened, so there is nothing that a hostile name or link could reach.
///
/// Read are ustar (POSIX.1-1988), pax headers (POSIX.1-2001: path and size) and GNU's long names and large sizes.
/// Links, folders, devices and pipes are passed over. The archive must end with its two blocks of zeros; what follows
/// them is padding and is read only so that the compression's checksum gets checked.
///
/// Errors (data): a header whose checksum or number fields are wrong, a name over 1 MiB, a kind of entry that tar
/// readers disagree about (sparse, split over volumes, links with content), an archive that is cut off.
class TarReader final : public ByteSource {
 public:
  /// `archive` must outlive the reader; its own limit is what bounds the walk.
  explicit TarReader(ByteSource& archive) : archive_(archive) {}

  /// The next regular file, or nothing after the last one. Passes over what is left of the one before.
  std::optional<TarEntry> next();

  /// The content of the file that next() named.
  std::size_t read(std::span<std::uint8_t> out) override;

  /// "archive.tar.gz: folder/file"
  std::string name() const override;

 private:
  using Block = std::span<std::uint8_t, 512>;

  bool read_block(Block block);
  void take(std::span<std::uint8_t> out, const char* what);
  void pass_archive(std::uint64_t bytes);
  void expect_came(std::uint64_t came, std::uint64_t wanted, const char* what);
  std::string take_text(std::uint64_t size, const char* what);
  void drain();

  ByteSource& archive_;
  TarEntry entry_;
  std::uint64_t left_ = 0;      // of the current file's content
  std::uint64_t padding_ = 0;   // behind it, to the next block
  std::uint64_t position_ = 0;  // in the archive
  bool ended_ = false;
};

}  // namespace deepobs
