#include "runner/results/files/file_sums.h"

#include <zlib.h>

#include <algorithm>
#include <vector>

#include "engine/base/check.h"
#include "runner/results/files/file.h"

namespace deepobs {
namespace {

std::uint32_t crc_of(const std::filesystem::path& file) {
  constexpr std::uint64_t most = std::uint64_t{4} << 30;
  const InputFile input = open_input(file);
  require(input.bytes <= most, Fault::data, "'", file.string(), "' has ", input.bytes,
          " bytes; files of this kind have at most ", most);
  std::vector<std::byte> piece(std::size_t{1} << 20);
  uLong crc = 0;
  for (std::uint64_t at = 0; at < input.bytes;) {
    const auto now =
        std::span(piece).first(static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), input.bytes - at)));
    read_at(input, file, at, now);
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(now.data()), now.size());
    at += now.size();
  }
  return static_cast<std::uint32_t>(crc);
}

}  // namespace

const std::string& FileSums::of(const std::filesystem::path& file) {
  std::string& sum = known_[file];
  if (sum.empty()) {
    const std::uint32_t crc = crc_of(file);
    for (int shift = 28; shift >= 0; shift -= 4) sum += "0123456789abcdef"[crc >> shift & 0xF];
  }
  return sum;
}

}  // namespace deepobs
