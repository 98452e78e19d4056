#pragma once

#include <zlib.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/problems/data/make_files.h"

namespace deepobs::test {

// MAT-files of version 5, little-endian, as MATLAB and scipy.io write them.

inline void append_little(Bytes& bytes, std::uint32_t word) {
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(word >> shift));
}

inline Bytes mat_header(const std::string& text = "MATLAB 5.0 MAT-file, made by a test") {
  Bytes bytes(124, ' ');
  std::copy(text.begin(), text.end(), bytes.begin());
  append(bytes, {0x00, 0x01, 'I', 'M'});
  return bytes;
}

/// A data element: tag, data, padding; or all in a tag of 8 bytes.
inline Bytes mat_element(std::uint32_t type, const Bytes& data, bool small = false) {
  Bytes bytes;
  if (small) {
    append_little(bytes, static_cast<std::uint32_t>(data.size()) << 16 | type);
    append(bytes, data);
    bytes.resize(8);
    return bytes;
  }
  append_little(bytes, type);
  append_little(bytes, static_cast<std::uint32_t>(data.size()));
  append(bytes, data);
  bytes.resize((bytes.size() + 7) / 8 * 8);
  return bytes;
}

struct MatMaker {
  std::string name;
  std::vector<std::int32_t> extents;
  Bytes numbers;
  std::uint32_t stored = 2;  ///< miUINT8
  std::uint32_t flags = 9;   ///< mxUINT8_CLASS
  bool small_name = false, small_numbers = false;

  /// The array as an element that is not compressed.
  Bytes element() const {
    Bytes flag_bytes, extent_bytes;
    append_little(flag_bytes, flags);
    append_little(flag_bytes, 0);
    for (const std::int32_t extent : extents) append_little(extent_bytes, static_cast<std::uint32_t>(extent));
    Bytes body = mat_element(6, flag_bytes);
    append(body, mat_element(5, extent_bytes));
    append(body, mat_element(1, bytes_of(name), small_name));
    append(body, mat_element(stored, numbers, small_numbers));
    return mat_element(14, body);
  }
};

/// An element in zlib data, whose size is not padded.
inline Bytes mat_compressed(const Bytes& element) {
  uLongf size = compressBound(element.size());
  Bytes packed(size);
  if (compress2(packed.data(), &size, element.data(), element.size(), 1) != Z_OK) throw std::runtime_error("zlib");
  packed.resize(size);
  Bytes bytes;
  append_little(bytes, 15);
  append_little(bytes, static_cast<std::uint32_t>(size));
  append(bytes, packed);
  return bytes;
}

inline Bytes doubles_of(const std::vector<double>& values) {
  Bytes bytes(values.size() * sizeof(double));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// SVHN's arrays: pixels in MATLAB's order, labels 1 ... 10.
inline MatMaker svhn_images(const Bytes& pixels) {
  return {"X", {32, 32, 3, static_cast<std::int32_t>(pixels.size() / 3072)}, pixels};
}
inline MatMaker svhn_labels(const Bytes& labels) {
  return {"y", {static_cast<std::int32_t>(labels.size()), 1}, labels};
}

/// A file of SVHN: both arrays, compressed.
inline Bytes svhn_file(const Bytes& pixels, const Bytes& labels) {
  Bytes bytes = mat_header();
  append(bytes, mat_compressed(svhn_images(pixels).element()));
  append(bytes, mat_compressed(svhn_labels(labels).element()));
  return bytes;
}

}  // namespace deepobs::test
