#include "problems/data/formats/tar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string_view>
#include <vector>

#include "engine/base/check.h"

namespace deepobs {
namespace {

constexpr std::uint64_t block_bytes = 512;
constexpr std::uint64_t longest_text = 1 << 20;  // of one long name or one set of pax records

/// Fields of a header block (POSIX.1-1988): first byte and length.
struct Field {
  std::size_t begin, length;
};
constexpr Field name_field{0, 100}, size_field{124, 12}, checksum_field{148, 8}, prefix_field{345, 155};
constexpr std::size_t kind_byte = 156, magic_byte = 257;

using Header = std::array<std::uint8_t, block_bytes>;

std::span<const std::uint8_t> bytes_of(const Header& header, Field field) {
  return std::span(header).subspan(field.begin, field.length);
}

/// Up to the first zero byte.
std::string text_of(const Header& header, Field field) {
  const auto bytes = bytes_of(header, field);
  return {bytes.begin(), std::find(bytes.begin(), bytes.end(), 0)};
}

/// Octal digits between blanks and zero bytes, or GNU's big-endian number behind a byte 0x80. Nothing if it is neither,
/// is negative, or needs more than 63 bits.
std::optional<std::uint64_t> number_of(const Header& header, Field field) {
  const auto bytes = bytes_of(header, field);
  std::uint64_t value = 0;
  if ((bytes[0] & 0x80) != 0) {
    if (bytes[0] != 0x80) return {};
    for (const std::uint8_t byte : bytes.subspan(1)) {
      if (value >> 55 != 0) return {};
      value = value << 8 | byte;
    }
    return value;
  }
  std::size_t i = 0;
  while (i < bytes.size() && bytes[i] == ' ') ++i;
  for (; i < bytes.size() && bytes[i] >= '0' && bytes[i] <= '7'; ++i)
    value = value << 3 | (bytes[i] - std::uint64_t{'0'});
  for (; i < bytes.size(); ++i)
    if (bytes[i] != ' ' && bytes[i] != 0) return {};
  return value;
}

/// The sum of all bytes, those of the checksum itself taken as blanks. Old writers summed signed bytes.
bool checksum_holds(const Header& header) {
  const auto stored = number_of(header, checksum_field);
  if (!stored) return false;
  std::int64_t plain = 0, with_signs = 0;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const bool inside = i >= checksum_field.begin && i < checksum_field.begin + checksum_field.length;
    const std::uint8_t byte = inside ? std::uint8_t{' '} : header[i];
    plain += byte;
    with_signs += static_cast<std::int8_t>(byte);
  }
  const auto sum = static_cast<std::int64_t>(*stored);
  return sum == plain || sum == with_signs;
}

std::string name_of(const Header& header) {
  const std::string name = text_of(header, name_field);
  // Only POSIX archives have a prefix; in GNU's ("ustar  ") other things lie there.
  constexpr std::string_view posix_magic("ustar\0", 6);
  const bool posix = std::equal(posix_magic.begin(), posix_magic.end(), header.begin() + magic_byte);
  const std::string prefix = posix ? text_of(header, prefix_field) : "";
  return prefix.empty() ? name : prefix + '/' + name;
}

/// What a pax header changes about the next entry.
struct Overrides {
  std::optional<std::string> name;
  std::optional<std::uint64_t> size;
};

/// Records "LENGTH KEY=VALUE\n", LENGTH counting the whole record. False if they are malformed.
bool read_pax(std::string_view records, Overrides& overrides) {
  while (!records.empty()) {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(records.data(), records.data() + records.size(), length);
    if (error != std::errc{} || length > records.size()) return false;
    const auto digits = static_cast<std::size_t>(end - records.data());
    if (length < digits + 2 || records[digits] != ' ' || records[length - 1] != '\n') return false;
    const std::string_view record = records.substr(digits + 1, length - digits - 2);
    records.remove_prefix(length);
    const auto equals = record.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view key = record.substr(0, equals), value = record.substr(equals + 1);
    if (key == "path") overrides.name = value;
    if (key == "size") {
      std::uint64_t size = 0;
      const auto [last, wrong] = std::from_chars(value.data(), value.data() + value.size(), size);
      if (wrong != std::errc{} || last != value.data() + value.size()) return false;
      overrides.size = size;
    }
  }
  return true;
}

bool all_zero(const Header& header) {
  return std::all_of(header.begin(), header.end(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

std::optional<TarEntry> TarReader::next() {
  if (ended_) return {};
  pass_archive(left_ + padding_);
  left_ = padding_ = 0;
  Overrides overrides;
  Header header{};
  while (true) {
    const std::uint64_t at = position_;
    require(read_block(header), Fault::data, archive_.name(), ": ends after ", at,
            " bytes without the mark of an archive's end; it is cut off, get it again");
    if (all_zero(header)) {
      require(read_block(header) && all_zero(header), Fault::data, archive_.name(), ": byte ", at,
              " begins a block of zeros that no second one follows; the archive is damaged");
      drain();
      return {};
    }
    require(checksum_holds(header), Fault::data, archive_.name(), ": byte ", at,
            " should begin a tar header, but its checksum is wrong; the archive is damaged or no tar file");
    std::optional<std::uint64_t> size = number_of(header, size_field);
    require(size.has_value(), Fault::data, archive_.name(), ": the tar header at byte ", at, " has no valid size");
    const char kind = static_cast<char>(header[kind_byte]);
    const auto padding_after = [](std::uint64_t bytes) { return (block_bytes - bytes % block_bytes) % block_bytes; };

    if (kind == 'L' || kind == 'K' || kind == 'x' || kind == 'g') {
      const std::string content = take_text(*size, "a long name");
      pass_archive(padding_after(*size));
      if (kind == 'L') overrides.name = content.substr(0, content.find('\0'));
      if (kind == 'x')
        require(read_pax(content, overrides), Fault::data, archive_.name(), ": the pax header at byte ", at,
                " is malformed");
      continue;  // K, the target of a link, and g, defaults for all entries, say nothing about files wanted here
    }

    entry_.name = overrides.name.value_or(name_of(header));
    entry_.size = overrides.size.value_or(*size);
    overrides = {};
    if (kind == '0' || kind == '\0' || kind == '7') {
      // Larger ones cannot be padded to a block in 64 bits; the limit of the archive ends the reading long before.
      require(entry_.size <= std::numeric_limits<std::int64_t>::max(), Fault::data, archive_.name(),
              ": the tar header at byte ", at, " claims ", entry_.size, " bytes");
      left_ = entry_.size;
      padding_ = padding_after(entry_.size);
      return entry_;
    }
    require(kind >= '1' && kind <= '6', Fault::data, archive_.name(), ": the tar header at byte ", at, " is of kind ",
            static_cast<int>(header[kind_byte]), ", which is none of a file, link, folder, device or pipe");
    require(entry_.size == 0, Fault::data, archive_.name(), ": the tar header at byte ", at, " (", entry_.name,
            ") is a link, folder, device or pipe that claims ", entry_.size, " bytes of content");
  }
}

std::size_t TarReader::read(std::span<std::uint8_t> out) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left_));
  take(out.first(count), "a file");
  left_ -= count;
  return count;
}

std::string TarReader::name() const { return archive_.name() + ": " + entry_.name; }

/// False if the archive ends before the block begins.
bool TarReader::read_block(Block block) {
  const std::size_t count = archive_.read(block);
  position_ += count;
  require(count == 0 || count == block.size(), Fault::data, archive_.name(), ": ends after ", position_,
          " bytes inside a block of ", block_bytes, "; it is cut off, get it again");
  return count > 0;
}

void TarReader::take(std::span<std::uint8_t> out, const char* what) {
  expect_came(archive_.read(out), out.size(), what);
}

void TarReader::pass_archive(std::uint64_t bytes) { expect_came(archive_.skip(bytes), bytes, "a file"); }

void TarReader::expect_came(std::uint64_t came, std::uint64_t wanted, const char* what) {
  position_ += came;
  require(came == wanted, Fault::data, archive_.name(), ": ends after ", position_, " bytes inside ", what,
          "; it is cut off, get it again");
}

std::string TarReader::take_text(std::uint64_t size, const char* what) {
  require(size <= longest_text, Fault::data, archive_.name(), ": ", what, " at byte ", position_, " claims ", size,
          " bytes; at most ", longest_text, " are read");
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  take(bytes, what);
  return {bytes.begin(), bytes.end()};
}

void TarReader::drain() {
  ended_ = true;
  std::vector<std::uint8_t> scratch(64 * 1024);
  while (archive_.read(scratch) == scratch.size()) {
  }
}

}  // namespace deepobs
