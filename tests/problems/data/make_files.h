#pragma once

#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace deepobs::test {

/// What the tests of the data sets write: files, gzip, IDX, tar.

using Bytes = std::vector<std::uint8_t>;

inline Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

inline void append(Bytes& bytes, const Bytes& more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

inline Bytes joined(const Bytes& first, const Bytes& second) {
  Bytes both = first;
  append(both, second);
  return both;
}

/// Writes a file and the folders above it.
inline std::filesystem::path write(const std::filesystem::path& file, std::span<const std::uint8_t> bytes) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
  return file;
}

/// One gzip member.
inline Bytes gzip(std::span<const std::uint8_t> bytes, int level = 1) {
  z_stream zlib{};
  if (deflateInit2(&zlib, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("zlib");
  Bytes packed(deflateBound(&zlib, bytes.size()));
  zlib.next_in = const_cast<std::uint8_t*>(bytes.data());
  zlib.avail_in = static_cast<uInt>(bytes.size());
  zlib.next_out = packed.data();
  zlib.avail_out = static_cast<uInt>(packed.size());
  const int status = deflate(&zlib, Z_FINISH);
  packed.resize(zlib.total_out);
  deflateEnd(&zlib);
  if (status != Z_STREAM_END) throw std::runtime_error("zlib");
  return packed;
}

/// Bytes that do not repeat: a counter hashed (Knuth's multiplicative hash), reduced to 0 ... below - 1.
inline Bytes pattern(std::size_t count, std::uint32_t seed, std::uint32_t below = 256) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t x = (static_cast<std::uint32_t>(i) + seed * 7919U) * 2654435761U;
    x = (x ^ x >> 15) * 2246822519U;
    bytes[i] = static_cast<std::uint8_t>((x >> 16) % below);
  }
  return bytes;
}

inline void append_word(Bytes& bytes, std::uint32_t word) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(word >> shift));
}

/// An IDX file with any header: magic number, extents, payload.
inline Bytes idx(std::uint32_t magic, const std::vector<std::uint32_t>& extents, const Bytes& payload) {
  Bytes bytes;
  append_word(bytes, magic);
  for (const std::uint32_t extent : extents) append_word(bytes, extent);
  append(bytes, payload);
  return bytes;
}

inline Bytes idx_images(std::uint32_t count, std::uint32_t seed) {
  return idx(2051, {count, 28, 28}, pattern(std::size_t{count} * 784, seed));
}

inline Bytes idx_labels(std::uint32_t count, std::uint32_t seed) {
  return idx(2049, {count}, pattern(count, seed, 10));
}

/// One header block of a tar archive (ustar).
struct TarHeader {
  std::string name;
  char kind = '0';
  std::uint64_t size = 0;
  std::string link{}, prefix{};
  std::string magic = std::string(
      "ustar\0"
      "00",
      8);

  Bytes block() const {
    Bytes bytes(512);
    const auto put = [&](std::size_t at, std::string_view text) {
      std::copy(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
    };
    const auto octal = [](std::uint64_t value, std::size_t digits) {
      std::string text(digits, '0');
      for (std::size_t i = digits; i-- > 0; value /= 8) text[i] = static_cast<char>('0' + value % 8);
      return text;
    };
    put(0, name.substr(0, 100));
    put(100, "0000644");
    put(124, octal(size, 11));
    put(136, "00000000000");
    bytes[156] = static_cast<std::uint8_t>(kind);
    put(157, link);
    put(257, magic);
    put(345, prefix);
    seal(bytes);
    return bytes;
  }

  /// Writes the checksum of a header block.
  static void seal(Bytes& block) {
    std::fill_n(block.begin() + 148, 8, std::uint8_t{' '});
    unsigned sum = 0;
    for (std::size_t i = 0; i < 512; ++i) sum += block[i];
    for (int i = 5; i >= 0; --i, sum /= 8)
      block[148 + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>('0' + sum % 8);
    block[154] = 0;
  }
};

/// A header and its content, filled up to whole blocks.
inline Bytes tar_entry(TarHeader header, const Bytes& content) {
  header.size = content.size();
  Bytes bytes = joined(header.block(), content);
  bytes.resize((bytes.size() + 511) / 512 * 512);
  return bytes;
}

inline Bytes tar_file(const std::string& name, const Bytes& content) { return tar_entry({.name = name}, content); }

/// The two blocks of zeros that end an archive.
inline Bytes tar_end() { return Bytes(1024); }

}  // namespace deepobs::test
