#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace deepobs {

/// Bytes that come one after the other: a file, or one file inside an archive.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Fills `out` from its front and returns how many bytes came: fewer than out.size() only at the end.
  virtual std::size_t read(std::span<std::uint8_t> out) = 0;

  /// Passes over `bytes` bytes, or over all that come, and returns how many that were.
  std::uint64_t skip(std::uint64_t bytes) {
    std::vector<std::uint8_t> passed(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, 64 * 1024)));
    std::uint64_t done = 0;
    for (std::size_t came = passed.size(); came == passed.size() && done < bytes; done += came)
      came =
          read(std::span(passed).first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes - done, passed.size()))));
    return done;
  }

  /// What messages call it: the file, and the place inside it.
  virtual std::string name() const = 0;
};

}  // namespace deepobs
