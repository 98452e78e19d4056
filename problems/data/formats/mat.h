#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "problems/data/formats/byte_source.h"

namespace deepobs {

/// How a MAT-file stores numbers; the array itself may be of another type in MATLAB, which packs whole numbers.
enum class MatNumber : std::uint8_t { i8 = 1, u8 = 2, i16 = 3, u16 = 4, i32 = 5, u32 = 6, f32 = 7, f64 = 9 };

std::int64_t bytes_of(MatNumber type);

/// One array of real numbers.
struct MatArray {
  std::string name;
  std::vector<std::int64_t> extents;  ///< the first one is the fastest
  MatNumber stored = MatNumber::u8;
  std::int64_t count = 0;  ///< product of the extents: at most 2^40
};

/// Walks the arrays of a MAT-file of version 5 (MATLAB 5 to 7.2, also with `save -v7`) from front to back. What is not
/// an array of real numbers (text, cells, structures, objects, complex numbers) is passed over. Nothing is kept in
/// memory, and no number in the file decides how much memory is taken.
///
/// Errors (data): no MAT-file of this version, or one of a machine of the other byte order; an element that is cut off,
/// damaged (zlib's checksum included), or of sizes that contradict each other.
/// Source: MathWorks, "MAT-File Format", chapter 1, level 5.
class MatReader final : public ByteSource {
 public:
  /// `file` must outlive the reader. Reads the file's header.
  explicit MatReader(ByteSource& file);
  ~MatReader() override;

  /// The next array, or nothing after the last one. Passes over what is left of the one before, unseen.
  std::optional<MatArray> next();

  /// The numbers of the array that next() named, as they are stored, little-endian. When the last of them comes, the
  /// element is read to its end, and with it the checksum.
  std::size_t read(std::span<std::uint8_t> out) override;

  /// "train.mat: X"
  std::string name() const override;

 private:
  class Inflater;
  struct Tag {
    std::uint32_t type = 0;
    std::uint64_t bytes = 0;
    bool small = false;  // its data are in the tag
    std::uint8_t data[4] = {};
  };

  void take(std::span<std::uint8_t> out);       // from the element, unpacked
  void take_file(std::span<std::uint8_t> out);  // from the file
  void pass_file(std::uint64_t bytes);
  void expect_came(std::uint64_t came, std::uint64_t wanted);
  Tag take_tag();
  std::vector<std::uint8_t> take_data(const Tag& tag, std::uint64_t most, const char* what);
  bool begin_element();
  std::optional<MatArray> array_header();
  void end_element();

  ByteSource& file_;
  std::uint64_t position_ = 0;          // in the file
  std::uint64_t element_left_ = 0;      // bytes of the present element that are still in the file
  std::unique_ptr<Inflater> inflater_;  // null: the element is not compressed
  MatArray array_;
  std::uint64_t left_ = 0, padding_ = 0;  // of the array's numbers, and behind them
  std::vector<std::uint8_t> in_tag_;      // numbers so few that they are in their tag
};

}  // namespace deepobs
