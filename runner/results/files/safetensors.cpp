#include "runner/results/files/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>

#include "engine/base/check.h"
#include "runner/results/files/file.h"
#include "runner/results/json/json_trouble.h"
#include "runner/results/json/json_writer.h"

namespace deepobs {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

static_assert(std::endian::native == std::endian::little, "values are read and written as they lie in memory");

constexpr std::uint64_t size_field = 8;
constexpr std::uint64_t largest_header = 100'000'000;  // the limit of the reference implementation
constexpr std::string_view metadata_key = "__metadata__";

struct Entry {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  // bytes behind the header
};

// Of the types that are read and written; 0 for others.
std::uint64_t bytes_of(std::string_view dtype) {
  return dtype == "F32" || dtype == "I32" ? 4 : dtype == "F64" || dtype == "I64" ? 8 : dtype == "U8" ? 1 : 0;
}

// Product of the extents, unless it passes 2^60: beyond any file, and eight times it still fits.
std::optional<std::uint64_t> elements(std::span<const std::int64_t> shape) {
  std::uint64_t product = 1;
  for (const std::int64_t extent : shape)
    if (extent < 0 || __builtin_mul_overflow(product, static_cast<std::uint64_t>(extent), &product) ||
        product > std::uint64_t{1} << 60)
      return std::nullopt;
  return product;
}

// As JSON: [128,784].
std::string shape_text(std::span<const std::int64_t> shape) {
  std::string out;
  for (const std::int64_t extent : shape) {
    out += out.empty() ? '[' : ',';
    out += std::to_string(extent);
  }
  return out.empty() ? "[]" : out + "]";
}

// What of a file is read.
struct Wanted {
  bool only_f32;
  std::span<const std::string> unread = {};
  bool leaves_out(std::string_view name) const { return std::ranges::find(unread, name) != unread.end(); }
};

// Reads one header; `file_` starts all its messages.
class Header {
 public:
  Header(std::string file, std::uint64_t data_bytes, const Wanted& wanted)
      : file_(std::move(file)), data_bytes_(data_bytes), wanted_(wanted) {}

  std::vector<Entry> read(std::string_view header, TensorMetadata* metadata) const {
    const Json json = parse(header);
    std::vector<Entry> entries;
    for (const auto& [name, value] : json.items())
      if (name == metadata_key)
        read_metadata(value, metadata);
      else
        entries.push_back(read_entry(name, value));
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
    });
    check_cover(entries);
    return entries;
  }

 private:
  template <class... Parts>
  void expect(bool condition, const Parts&... parts) const {
    require(condition, Fault::data, "'", file_, "': ", parts...);
  }

  template <class... Parts>
  void expect_tensor(bool condition, std::string_view name, const Parts&... parts) const {
    expect(condition, "tensor '", name, "': ", parts...);
  }

  // nlohmann keeps the last of two equal keys and goes to any depth; neither is allowed here.
  Json parse(std::string_view header) const {
    std::array<std::set<std::string>, 2> keys;  // of the header, and of the tensor that is being read
    const auto look = [&](int depth, Json::parse_event_t event, Json& value) {
      using Event = Json::parse_event_t;
      expect(depth <= 3, "the header nests deeper than name -> shape -> extent; this is no safetensors file");
      if (event == Event::object_start && depth <= 1) keys[static_cast<std::size_t>(depth)].clear();
      if (event == Event::key && (depth == 1 || depth == 2)) {
        const auto& key = value.get_ref<const std::string&>();
        expect(keys[static_cast<std::size_t>(depth) - 1].insert(key).second, "the name '", key, "' comes twice");
      }
      return true;
    };
    expect(!header.empty() && header.front() == '{', "the header does not start with '{'; this is no safetensors file");
    try {
      return Json::parse(header.begin(), header.end(), look);
    } catch (const Json::exception& thrown) {
      fail(Fault::data, "'", file_, "': the header is not valid JSON: ", json_trouble(header, thrown));
    }
  }

  void read_metadata(const Json& json, TensorMetadata* metadata) const {
    expect(json.is_object(), metadata_key, " must be an object");
    for (const auto& [key, value] : json.items()) {
      expect(value.is_string(), metadata_key, " '", key, "' must be a text");
      if (metadata != nullptr) metadata->emplace(key, value.get<std::string>());
    }
  }

  Entry read_entry(const std::string& name, const Json& json) const {
    expect_tensor(json.is_object(), name, "must be an object with dtype, shape and data_offsets");
    for (const auto& [key, value] : json.items())
      expect_tensor(key == "dtype" || key == "shape" || key == "data_offsets", name, "unknown key '", key, "'");
    for (const char* key : {"dtype", "shape", "data_offsets"}) expect_tensor(json.contains(key), name, "has no ", key);

    const Json& dtype = json["dtype"];
    expect_tensor(dtype.is_string(), name, "its dtype must be a text");
    Entry entry{.name = name, .dtype = dtype.get<std::string>(), .shape = {}};
    if (wanted_.only_f32 && !wanted_.leaves_out(name))
      expect_tensor(entry.dtype == "F32", name, "its values are ", entry.dtype,
                    ", and only F32 is read; convert the file to float32");
    const std::uint64_t element_bytes = bytes_of(entry.dtype);
    expect_tensor(element_bytes > 0, name, "its values are ", entry.dtype,
                  ", and only F32, F64, I32, I64 and U8 are read");

    expect_tensor(json["shape"].is_array(), name, "its shape must be an array");
    for (const Json& extent : json["shape"]) {
      expect_tensor(extent.is_number_unsigned() && extent.get<std::uint64_t>() <= std::uint64_t{1} << 60, name,
                    "its shape has the extent ", extent.dump(), "; extents are whole numbers from 0 on");
      entry.shape.push_back(extent.get<std::int64_t>());
    }
    const Json& offsets = json["data_offsets"];
    expect_tensor(
        offsets.is_array() && offsets.size() == 2 && offsets[0].is_number_unsigned() && offsets[1].is_number_unsigned(),
        name, "its data_offsets must be two whole numbers from 0 on, not ", offsets.dump());
    entry.begin = offsets[0].get<std::uint64_t>();
    entry.end = offsets[1].get<std::uint64_t>();
    expect_tensor(entry.begin <= entry.end, name, "its data ends at byte ", entry.end, ", before it begins at ",
                  entry.begin);
    expect_tensor(entry.end <= data_bytes_, name, "its data reaches to byte ", entry.end, ", but the file has only ",
                  data_bytes_, " bytes of data; is it truncated?");

    const auto count = elements(entry.shape);
    expect_tensor(count.has_value(), name, "its shape ", shape_text(entry.shape), " has more elements than any file");
    expect_tensor(*count * element_bytes == entry.end - entry.begin, name, "its shape ", shape_text(entry.shape),
                  " needs ", *count * element_bytes, " bytes, but its data_offsets hold ", entry.end - entry.begin);
    return entry;
  }

  // Sorted by their place, the tensors must follow each other without gap and fill the file.
  void check_cover(std::span<const Entry> entries) const {
    std::uint64_t next = 0;
    std::string_view before;
    for (const Entry& entry : entries) {
      expect_tensor(entry.begin >= next, entry.name, "its data begins at byte ", entry.begin, ", inside the data of '",
                    before, "', which ends at ", next);
      expect_tensor(entry.begin == next, entry.name, "its data begins at byte ", entry.begin,
                    ", but the data before ends at ", next, "; no gaps are allowed");
      next = entry.end;
      before = entry.name;
    }
    expect(next == data_bytes_, "the tensors fill ", next, " bytes, but the file has ", data_bytes_, " bytes of data");
  }

  std::string file_;
  std::uint64_t data_bytes_;
  const Wanted& wanted_;
};

// A file whose header was found to be right.
struct Opened {
  InputFile input;
  std::uint64_t data_start = 0;
  std::vector<Entry> entries;  // in the order of their data
};

Opened open_safetensors(const fs::path& path, TensorMetadata* metadata, const Wanted& wanted) {
  Opened opened{.input = open_input(path), .entries = {}};
  const InputFile& input = opened.input;
  require(input.bytes >= size_field, Fault::data, "'", path.string(), "' has ", input.bytes,
          " bytes; a safetensors file starts with 8 for the size of its header");
  std::uint64_t header_bytes = 0;
  read_at(input, path, 0, std::as_writable_bytes(std::span(&header_bytes, 1)));
  require(header_bytes <= largest_header, Fault::data, "'", path.string(), "': a header of ", header_bytes,
          " bytes is announced, at most ", largest_header, " are allowed; is this a safetensors file?");
  require(header_bytes <= input.bytes - size_field, Fault::data, "'", path.string(), "': a header of ", header_bytes,
          " bytes is announced, but only ", input.bytes - size_field, " follow; is it truncated?");

  std::string header(header_bytes, '\0');
  read_at(input, path, size_field, std::as_writable_bytes(std::span(header)));
  opened.data_start = size_field + header_bytes;
  opened.entries = Header(path.string(), input.bytes - opened.data_start, wanted).read(header, metadata);
  return opened;
}

// A tensor that is to be written; the bytes are somebody else's.
struct Outgoing {
  std::string_view name, dtype;
  std::span<const std::int64_t> shape;
  std::string_view bytes;
};

void write_all(const fs::path& path, std::span<const Outgoing> tensors, const TensorMetadata& metadata) {
  std::string header = "{";
  const auto append = [&](std::string_view name, const std::string& value) {
    header += text(header.size() == 1 ? "" : ",", json_string(name), ":", value);
  };
  if (!metadata.empty()) {
    std::string texts;
    for (const auto& [key, value] : metadata)
      texts += text(texts.empty() ? "{" : ",", json_string(key), ":", json_string(value));
    append(metadata_key, texts + "}");
  }

  std::set<std::string_view> names;
  std::uint64_t offset = 0;
  std::vector<std::string_view> pieces{{}, {}};  // size and header, known at the end
  for (const auto& [name, dtype, shape, bytes] : tensors) {
    require(name != metadata_key && names.insert(name).second, Fault::usage, "cannot write '", path.string(),
            "': the tensor name '", name, "' is reserved or comes twice");
    const auto count = elements(shape);
    const std::uint64_t element_bytes = bytes_of(dtype);
    require(element_bytes > 0, Fault::usage, "cannot write '", path.string(), "': tensor '", name, "' has values of ",
            dtype, ", and only F32, F64, I32, I64 and U8 are written");
    require(count && *count * element_bytes == bytes.size(), Fault::usage, "cannot write '", path.string(),
            "': tensor '", name, "' has the shape ", shape_text(shape), " and ", bytes.size() / element_bytes,
            " values");
    append(name, text("{\"dtype\":\"", dtype, "\",\"shape\":", shape_text(shape), ",\"data_offsets\":[", offset, ",",
                      offset + bytes.size(), "]}"));
    pieces.push_back(bytes);
    offset += bytes.size();
  }
  header += "}";
  header.append((8 - header.size() % 8) % 8, ' ');
  require(header.size() <= largest_header, Fault::usage, "cannot write '", path.string(), "': its header has ",
          header.size(), " bytes, at most ", largest_header, " are allowed");

  const std::uint64_t header_bytes = header.size();
  pieces[0] = {reinterpret_cast<const char*>(&header_bytes), size_field};
  pieces[1] = header;
  replace_file(path, pieces);
}

// The metadata is given away only when all has been read.
template <class Tensor, class ToTensor>
std::vector<Tensor> read_all(const fs::path& path, TensorMetadata* metadata, const Wanted& wanted, ToTensor to_tensor) {
  TensorMetadata found;
  Opened opened = open_safetensors(path, &found, wanted);
  std::vector<Tensor> tensors;
  tensors.reserve(opened.entries.size());
  for (Entry& entry : opened.entries) {
    if (wanted.leaves_out(entry.name)) continue;
    auto [tensor, bytes] = to_tensor(entry);
    read_at(opened.input, path, opened.data_start + entry.begin, bytes);
    tensors.push_back(std::move(tensor));
  }
  if (metadata != nullptr) *metadata = std::move(found);
  return tensors;
}

}  // namespace

std::vector<NamedTensor> read_safetensors(const fs::path& path, TensorMetadata* metadata,
                                          std::span<const std::string> unread) {
  return read_all<NamedTensor>(path, metadata, {.only_f32 = true, .unread = unread}, [](Entry& entry) {
    NamedTensor tensor{std::move(entry.name), std::move(entry.shape), {}};
    tensor.values.resize((entry.end - entry.begin) / sizeof(float));
    const auto bytes = std::as_writable_bytes(std::span(tensor.values));  // they stay where they are when it is moved
    return std::pair(std::move(tensor), bytes);
  });
}

std::vector<StoredTensor> read_stored(const fs::path& path, TensorMetadata* metadata) {
  return read_all<StoredTensor>(path, metadata, {.only_f32 = false}, [](Entry& entry) {
    StoredTensor tensor{std::move(entry.name), std::move(entry.dtype), std::move(entry.shape), {}};
    tensor.bytes.resize(entry.end - entry.begin);
    const auto bytes = std::span(tensor.bytes);
    return std::pair(std::move(tensor), bytes);
  });
}

void write_safetensors(const fs::path& path, std::span<const NamedTensor> tensors, const TensorMetadata& metadata) {
  std::vector<Outgoing> outgoing;
  for (const NamedTensor& tensor : tensors)
    outgoing.push_back({tensor.name,
                        "F32",
                        tensor.shape,
                        {reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size() * sizeof(float)}});
  write_all(path, outgoing, metadata);
}

void write_stored(const fs::path& path, std::span<const StoredTensor> tensors, const TensorMetadata& metadata) {
  std::vector<Outgoing> outgoing;
  for (const StoredTensor& tensor : tensors)
    outgoing.push_back({tensor.name,
                        tensor.dtype,
                        tensor.shape,
                        {reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size()}});
  write_all(path, outgoing, metadata);
}

}  // namespace deepobs
