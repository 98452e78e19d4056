#include "problems/data/formats/mat.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "engine/base/check.h"

namespace deepobs {
namespace {

constexpr std::size_t header_bytes = 128;
constexpr std::uint32_t matrix_element = 14, compressed_element = 15;
constexpr std::uint64_t most_extents = 32, most_name = 1024;
constexpr std::int64_t most_numbers = std::int64_t{1} << 40;

std::uint32_t word_at(const std::uint8_t* bytes) {
  return bytes[0] | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16 | std::uint32_t{bytes[3]} << 24;
}

std::uint64_t padding_of(std::uint64_t bytes) { return (8 - bytes % 8) % 8; }

bool is_number(std::uint32_t type) { return (type >= 1 && type <= 7) || type == 9; }

/// Double, single, and integers of 8 to 64 bits; not cells, structures, objects, text, sparse matrices.
bool is_numeric_class(std::uint32_t array_class) { return array_class >= 6 && array_class <= 15; }

}  // namespace

std::int64_t bytes_of(MatNumber type) {
  switch (type) {
    case MatNumber::i8:
    case MatNumber::u8:
      return 1;
    case MatNumber::i16:
    case MatNumber::u16:
      return 2;
    case MatNumber::f64:
      return 8;
    default:
      return 4;
  }
}

/// Unpacks the zlib data of one element.
class MatReader::Inflater {
 public:
  explicit Inflater(MatReader& reader) : reader_(reader), buffer_(64 * 1024) {
    require(inflateInit(&zlib_) == Z_OK, Fault::memory, "no memory to unpack ", reader.name());
  }
  ~Inflater() { inflateEnd(&zlib_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// How many bytes came: fewer than asked for at the end of the data alone, whose checksum is then right.
  std::size_t read(std::span<std::uint8_t> out) {
    std::size_t done = 0;
    while (done < out.size() && !ended_) {
      if (zlib_.avail_in == 0) refill();
      constexpr std::size_t most = std::size_t{1} << 30;  // zlib counts in 32 bits
      const std::size_t asked = std::min(out.size() - done, most);
      zlib_.next_out = out.data() + done;
      zlib_.avail_out = static_cast<uInt>(asked);
      const int status = inflate(&zlib_, Z_NO_FLUSH);
      done += asked - zlib_.avail_out;
      require(status != Z_MEM_ERROR, Fault::memory, "no memory to unpack ", reader_.name());
      require(status == Z_OK || status == Z_STREAM_END || (status == Z_BUF_ERROR && reader_.element_left_ > 0),
              Fault::data, reader_.name(), ": damaged zlib data before byte ", reader_.position_, " (",
              zlib_.msg != nullptr ? zlib_.msg : "they end too early", "); get the file again");
      ended_ = status == Z_STREAM_END;
    }
    return done;
  }

  bool has_input() const { return zlib_.avail_in > 0; }

 private:
  void refill() {
    const auto piece = std::span(buffer_).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size(), reader_.element_left_)));
    reader_.take_file(piece);
    reader_.element_left_ -= piece.size();
    zlib_.next_in = buffer_.data();
    zlib_.avail_in = static_cast<uInt>(piece.size());
  }

  MatReader& reader_;
  std::vector<std::uint8_t> buffer_;
  z_stream zlib_{};
  bool ended_ = false;
};

MatReader::MatReader(ByteSource& file) : file_(file) {
  std::uint8_t header[header_bytes] = {};
  position_ = file_.read(header);
  const std::string_view begin(reinterpret_cast<const char*>(header), 10);
  require(begin != "MATLAB 7.3", Fault::data, file_.name(),
          ": is a MAT-file of version 7.3, which is HDF5; save it with -v7");
  const bool other_order = header[126] == 'M' && header[127] == 'I';
  require(position_ == header_bytes && (other_order || (header[126] == 'I' && header[127] == 'M')), Fault::data,
          file_.name(), ": is no MAT-file of version 5: bytes 126 and 127 should be \"IM\"");
  require(!other_order, Fault::data, file_.name(), ": is a MAT-file of a machine of the other byte order");
  const unsigned version = header[124] | header[125] << 8;
  require(version == 0x0100, Fault::data, file_.name(), ": is a MAT-file of version ", version, ", not 256 (0x0100)");
}

MatReader::~MatReader() = default;

std::string MatReader::name() const { return array_.name.empty() ? file_.name() : file_.name() + ": " + array_.name; }

void MatReader::take_file(std::span<std::uint8_t> out) { expect_came(file_.read(out), out.size()); }

void MatReader::pass_file(std::uint64_t bytes) { expect_came(file_.skip(bytes), bytes); }

void MatReader::expect_came(std::uint64_t came, std::uint64_t wanted) {
  position_ += came;
  require(came == wanted, Fault::data, name(), ": ends after ", position_,
          " bytes inside an element; the file is cut off, get it again");
}

void MatReader::take(std::span<std::uint8_t> out) {
  if (inflater_) {
    require(inflater_->read(out) == out.size(), Fault::data, name(), ": the zlib data that end before byte ", position_,
            " hold less than their array; get the file again");
    return;
  }
  require(out.size() <= element_left_, Fault::data, name(), ": the element around byte ", position_,
          " is shorter than its array; get the file again");
  take_file(out);
  element_left_ -= out.size();
}

MatReader::Tag MatReader::take_tag() {
  std::uint8_t bytes[8];
  take(bytes);
  const std::uint32_t first = word_at(bytes);
  if (first >> 16 == 0) return {.type = first, .bytes = word_at(bytes + 4)};
  Tag tag{.type = first & 0xffff, .bytes = first >> 16, .small = true};
  require(tag.bytes <= sizeof tag.data, Fault::data, name(), ": a small element before byte ", position_, " claims ",
          tag.bytes, " bytes; at most 4 fit");
  std::memcpy(tag.data, bytes + 4, sizeof tag.data);
  return tag;
}

/// The data behind a tag, and the padding behind them.
std::vector<std::uint8_t> MatReader::take_data(const Tag& tag, std::uint64_t most, const char* what) {
  require(tag.bytes <= most, Fault::data, name(), ": ", what, " before byte ", position_, " claims ", tag.bytes,
          " bytes; at most ", most, " are read");
  std::vector<std::uint8_t> data(static_cast<std::size_t>(tag.bytes));
  if (tag.small) {
    std::copy_n(tag.data, data.size(), data.begin());
  } else {
    take(data);
    std::uint8_t padding[8];
    take(std::span(padding).first(static_cast<std::size_t>(padding_of(tag.bytes))));
  }
  return data;
}

/// Goes into the next element of the file that may be an array; false at the end of the file.
bool MatReader::begin_element() {
  for (;;) {
    std::uint8_t bytes[8];
    const std::size_t came = file_.read(bytes);
    position_ += came;
    if (came == 0) return false;
    require(came == sizeof bytes, Fault::data, file_.name(), ": ends after ", position_,
            " bytes inside the tag of an element; the file is cut off, get it again");
    const std::uint32_t type = word_at(bytes);
    element_left_ = word_at(bytes + 4);
    if (type == compressed_element) {
      inflater_ = std::make_unique<Inflater>(*this);
      const Tag inner = take_tag();
      if (inner.type == matrix_element) return true;
      inflater_.reset();
    } else {
      element_left_ += padding_of(element_left_);
      if (type == matrix_element) return true;
    }
    pass_file(element_left_);
  }
}

/// The header of the array that the present element is; nothing if it is none of real numbers.
std::optional<MatArray> MatReader::array_header() {
  const Tag flags_tag = take_tag();
  require(flags_tag.type == static_cast<std::uint32_t>(MatNumber::u32) && flags_tag.bytes == 8, Fault::data, name(),
          ": the array before byte ", position_, " does not begin with its flags; the file is damaged");
  const std::uint32_t flags = word_at(take_data(flags_tag, 8, "flags").data());
  constexpr std::uint32_t complex_flag = 0x0800;
  // Before the extents: those of other classes (objects that MATLAB calls opaque) may lack them.
  if (!is_numeric_class(flags & 0xff) || (flags & complex_flag) != 0) return {};
  const Tag extents_tag = take_tag();
  require(extents_tag.type == static_cast<std::uint32_t>(MatNumber::i32) && extents_tag.bytes % 4 == 0 &&
              extents_tag.bytes >= 8,
          Fault::data, name(), ": the array before byte ", position_, " has no extents; the file is damaged");
  const auto extents = take_data(extents_tag, 4 * most_extents, "the extents");
  const Tag name_tag = take_tag();
  const auto letters = take_data(name_tag, most_name, "the name of an array");

  MatArray array{.name = {letters.begin(), letters.end()}, .extents = {}, .count = 1};
  for (std::size_t i = 0; i < extents.size(); i += 4) {
    const auto extent = static_cast<std::int64_t>(static_cast<std::int32_t>(word_at(extents.data() + i)));
    require(extent >= 0 && (extent == 0 || array.count <= most_numbers / extent), Fault::data, file_.name(), ": array ",
            array.name, " has an extent of ", extent, "; the file is damaged");
    array.extents.push_back(extent);
    array.count *= extent;
  }
  return array;
}

std::optional<MatArray> MatReader::next() {
  inflater_.reset();
  pass_file(element_left_);
  element_left_ = left_ = padding_ = 0;
  array_ = {};
  while (begin_element()) {
    auto array = array_header();
    if (!array) {
      inflater_.reset();
      pass_file(element_left_);
      continue;
    }
    array_ = *array;
    const Tag numbers = take_tag();
    require(is_number(numbers.type), Fault::data, name(), ": stores numbers of type ", numbers.type,
            "; 8 to 32 bit integers, single and double are read");
    array_.stored = static_cast<MatNumber>(numbers.type);
    require(numbers.bytes == static_cast<std::uint64_t>(array_.count * bytes_of(array_.stored)), Fault::data, name(),
            ": has ", array_.count, " numbers of ", bytes_of(array_.stored), " bytes by its extents, but ",
            numbers.bytes, " bytes; the file is damaged");
    in_tag_.clear();
    left_ = numbers.bytes;
    if (numbers.small)
      in_tag_.assign(numbers.data, numbers.data + numbers.bytes);
    else
      padding_ = padding_of(numbers.bytes);
    return array_;
  }
  return {};
}

std::size_t MatReader::read(std::span<std::uint8_t> out) {
  if (left_ == 0) return 0;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left_));
  if (in_tag_.empty()) {
    take(out.first(count));
  } else {
    std::copy_n(in_tag_.end() - static_cast<std::ptrdiff_t>(left_), count, out.begin());
  }
  left_ -= count;
  if (left_ == 0) end_element();
  return count;
}

/// Behind the numbers come padding and the end of the element, nothing else.
void MatReader::end_element() {
  std::uint8_t padding[8];
  if (padding_ > 0) take(std::span(padding).first(static_cast<std::size_t>(padding_)));
  bool goes_on = element_left_ > 0;
  if (inflater_) {
    goes_on = inflater_->read(std::span(padding).first(1)) > 0 || inflater_->has_input() || element_left_ > 0;
    inflater_.reset();
  }
  require(!goes_on, Fault::data, name(), ": its element, which ends at byte ", position_,
          " or behind, goes on after its numbers; the file is damaged");
}

}  // namespace deepobs
