#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace deepobs {

/// Bytes that come one after the other: a file, or one file inside an archive.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Fills `out` from its front and returns how many bytes came: fewer than out.size() only at the end.
  virtual std::size_t read(std::span<std::uint8_t> out) = 0;

  /// What messages call it: the file, and the place inside it.
  virtual std::string name() const = 0;
};

}  // namespace deepobs
