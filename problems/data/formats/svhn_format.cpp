#include "problems/data/formats/svhn_format.h"

#include <bit>
#include <cstring>

#include "engine/base/check.h"
#include "problems/data/formats/file_bytes.h"
#include "problems/data/formats/mat.h"

namespace deepobs {
namespace {

/// MATLAB's [H, W, C], the row the fastest, to [H, W, C] with the channel the fastest.
void transpose(const std::uint8_t* from, const Shape& image, std::uint8_t* to) {
  const std::int64_t height = image[0], width = image[1], channels = image[2];
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t y = 0; y < height; ++y) to[(y * width + x) * channels + c] = *from++;
}

/// A number as it is stored, little-endian.
double number_at(const std::uint8_t* bytes, MatNumber type) {
  std::uint64_t bits = 0;
  for (std::int64_t i = 0; i < bytes_of(type); ++i) bits |= std::uint64_t{bytes[i]} << 8 * i;
  switch (type) {
    case MatNumber::i8:
      return static_cast<std::int8_t>(bits);
    case MatNumber::i16:
      return static_cast<std::int16_t>(bits);
    case MatNumber::i32:
      return static_cast<std::int32_t>(bits);
    case MatNumber::f32:
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    case MatNumber::f64:
      return std::bit_cast<double>(bits);
    default:
      return static_cast<double>(bits);
  }
}

class SvhnFormat final : public DataFormat {
 public:
  Counts load(const DatasetInfo& info, const Location& where, Dataset& set) const override {
    Counts counts = files_there(where);
    require_parts(info, where, counts);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const FileInfo& file = info.files[i];
      Split& split = set.part(file.part.value());
      auto& images = split.values<std::uint8_t>(column_index(info.columns, "images"));
      auto& labels = split.values<std::int32_t>(column_index(info.columns, "labels"));
      counts[i] = split.count = walk(
          info, file, where.files[i],
          [&](MatReader& reader, std::int64_t count) { images = read_images(reader, image_of(info), count); },
          [&](MatReader& reader, const MatArray& array) { labels = read_labels(reader, array, kinds_of(info)); });
    }
    return counts;
  }

  std::int64_t records(const DatasetInfo& info, const FileInfo& file,
                       const std::filesystem::path& path) const override {
    return walk(
        info, file, path, [](MatReader&, std::int64_t) {}, [](MatReader&, const MatArray&) {});
  }

  std::string proves() const override {
    return "labels in range; zlib's checksums are right where arrays are compressed; of the .mat files only MD5s are "
           "published";
  }

 private:
  static const Shape& image_of(const DatasetInfo& info) {
    return info.columns[column_index(info.columns, "images")].item;
  }
  static std::int64_t kinds_of(const DatasetInfo& info) {
    return info.columns[column_index(info.columns, "labels")].kinds;
  }

  /// Calls on_images(reader, count) at X and on_labels(reader, array) at y, in whatever order they come; returns how
  /// many records there are.
  template <class Images, class Labels>
  static std::int64_t walk(const DatasetInfo& info, const FileInfo& file, const std::filesystem::path& path,
                           Images on_images, Labels on_labels) {
    FileBytes bytes(path);
    MatReader reader(bytes);
    std::int64_t images = -1, labels = -1;
    while (const auto array = reader.next()) {
      if (array->name != "X" && array->name != "y") continue;
      std::int64_t& found = array->name == "X" ? images : labels;
      require(found < 0, Fault::data, reader.name(), " is there twice; which of them is meant cannot be told");
      found = array->name == "X" ? images_in(reader, *array, image_of(info)) : array->count;
      require(found >= 1 && found <= file.records, Fault::data, reader.name(), ": has ", found,
              " records; expected are 1 ... ", file.records);
      if (array->name == "X")
        on_images(reader, found);
      else
        on_labels(reader, *array);
    }
    require(images >= 0 && labels >= 0, Fault::data, path.string(), ": there is no array ", images < 0 ? "X" : "y",
            " in it; X holds the images, y the labels");
    require(images == labels, Fault::data, path.string(), ": has ", images, " images and ", labels,
            " labels; each image needs one");
    return images;
  }

  /// How many images X holds. A single one may lack its last extent.
  static std::int64_t images_in(const MatReader& reader, const MatArray& array, const Shape& image) {
    const auto extents = image.extents();
    const bool fits = array.stored == MatNumber::u8 && array.extents.size() >= 3 && array.extents.size() <= 4 &&
                      std::equal(extents.begin(), extents.end(), array.extents.begin());
    std::string came;
    for (const std::int64_t extent : array.extents) came += (came.empty() ? "" : ", ") + std::to_string(extent);
    require(fits, Fault::data, reader.name(), ": must be bytes [", image[0], ", ", image[1], ", ", image[2],
            ", N], and is [", came, "] of ", bytes_of(array.stored), " bytes each");
    return array.count / image.elements();
  }

  static std::vector<std::uint8_t> read_images(MatReader& reader, const Shape& image, std::int64_t count) {
    const auto bytes = static_cast<std::size_t>(image.elements());
    std::vector<std::uint8_t> stored(bytes), images;
    // At most the official set, and only what is written uses memory.
    images.reserve(static_cast<std::size_t>(count) * bytes);
    for (std::int64_t n = 0; n < count; ++n) {
      reader.read(stored);
      images.resize(images.size() + bytes);
      transpose(stored.data(), image, images.data() + images.size() - bytes);
    }
    return images;
  }

  static std::vector<std::int32_t> read_labels(MatReader& reader, const MatArray& array, std::int64_t kinds) {
    const std::int64_t each = bytes_of(array.stored);
    std::vector<std::uint8_t> stored(static_cast<std::size_t>(array.count * each));
    reader.read(stored);
    std::vector<std::int32_t> labels;
    for (std::int64_t n = 0; n < array.count; ++n) {
      const double label = number_at(stored.data() + n * each, array.stored);
      if (!(label >= 1 && label <= static_cast<double>(kinds)) || label != static_cast<std::int32_t>(label))
        fail(Fault::data, reader.name(), ": sample ", n, " has the label ", label, "; labels are whole numbers 1 ... ",
             kinds, ", of which ", kinds, " means 0");
      labels.push_back(static_cast<std::int32_t>(label) % static_cast<std::int32_t>(kinds));
    }
    return labels;
  }
};

}  // namespace

std::shared_ptr<const DataFormat> svhn_format() { return std::make_shared<SvhnFormat>(); }

}  // namespace deepobs
