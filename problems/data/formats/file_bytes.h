#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "problems/data/formats/byte_source.h"

namespace deepobs {

/// The content of a plain or gzip file (RFC 1952), read from front to back. Which of the two it is, its first two bytes
/// say and not its name, because downloads are often unpacked on the way and keep the name; no format read here can
/// begin with gzip's 1f 8b.
///
/// Several gzip members in a row are one content, as the RFC says (pigz and bgzip write such files). Anything else
/// after a member is an error, padding with zeros included. One layer is unpacked, never two.
///
/// Errors: missing (no such file), io (not a regular file, not readable), data (cut off, damaged, wrong CRC-32 or
/// length in a member's trailer, bytes after the last member, more than `limit` bytes).
class FileBytes final : public ByteSource {
 public:
  static constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

  /// `limit`: unpacked bytes. Byte limit + 1 ends the reading with an error, however much the file would unfold to.
  explicit FileBytes(const std::filesystem::path& file, std::uint64_t limit = no_limit);
  FileBytes(FileBytes&&) noexcept;
  ~FileBytes() override;

  std::size_t read(std::span<std::uint8_t> out) override;
  std::string name() const override;

  bool gzip() const;
  std::uint64_t size_on_disk() const;

  /// What the last four bytes of a gzip file say: the unpacked size of its last member, modulo 2^32. Nothing is
  /// unpacked for it, and a file that is cut off ends with anything. 0 for a file that has not so many bytes. Errors:
  /// io.
  std::uint32_t last_member_bytes() const;

  /// Unpacked bytes read so far.
  std::uint64_t position() const;

  /// Fails unless everything has been read. Only after this has a gzip file proved its checksum.
  void expect_end();

  /// All bytes that are left. Memory follows what is really there, not what a header claims.
  std::vector<std::uint8_t> read_all();

  /// CRC-32 (that of gzip) of all unpacked bytes read; of a gzip file only valid after expect_end().
  std::uint32_t crc() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The whole unpacked content of a plain or gzip file. Errors: as FileBytes.
std::vector<std::uint8_t> unpacked_file(const std::filesystem::path& file, std::uint64_t limit);

}  // namespace deepobs
