#include "runner/results/files/safetensors.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <numeric>
#include <random>

#include "tests/error_of.h"
#include "tests/file_content.h"
#include "tests/temp_dir.h"

namespace deepobs {

namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// A file put together by hand, byte by byte as the format is documented.
std::string with_size(std::uint64_t header_bytes, std::string_view rest) {
  std::string out;
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(header_bytes >> shift & 0xFF);
  return out.append(rest);
}

std::string file_of(const std::string& header, std::size_t data_bytes) {
  return with_size(header.size(), header + std::string(data_bytes, '\0'));
}

std::vector<float> counted(std::size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.5f);
  return values;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](float x, float y) {
    return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y);
  });
}

}  // namespace

TEST_CASE("safetensors: what is written is read back, bit by bit and in order") {
  TempDir folder;
  const float nan = std::bit_cast<float>(0x7fc12345u), subnormal = std::numeric_limits<float>::denorm_min();
  const std::vector<NamedTensor> tensors{{"z.weight", {2, 3}, counted(6)},
                                         {"a \"bias\"\n\xc3\xa9", {4}, {nan, -0.0f, HUGE_VALF, subnormal}},
                                         {"scalar", {}, {7.0f}},
                                         {"empty", {3, 0, 2}, {}},
                                         {"conv", {2, 1, 3, 3}, counted(18)}};
  const TensorMetadata metadata{{"format", "pt"}, {"note", "\xf0\x9f\x98\x80 \\"}};
  write_safetensors(folder / "x.safetensors", tensors, metadata);

  TensorMetadata found{{"old", "gone"}};
  const auto back = read_safetensors(folder / "x.safetensors", &found);
  CHECK(found == metadata);
  REQUIRE(back.size() == tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    CHECK(back[i].name == tensors[i].name);
    CHECK(back[i].shape == tensors[i].shape);
    CHECK(same_bits(back[i].values, tensors[i].values));
  }
  CHECK(content(folder / "x.safetensors")[8] == '{');
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, content(folder / "x.safetensors").data(), 8);
  CHECK(header_bytes % 8 == 0);
}

TEST_CASE("safetensors: the bytes of a small file") {
  TempDir folder;
  write_safetensors(folder / "x", std::vector<NamedTensor>{{"w", {1, 2}, {1.0f, -2.0f}}}, {{"k", "v"}});
  const std::string header = R"({"__metadata__":{"k":"v"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}})";
  REQUIRE(header.size() == 81);
  CHECK(content(folder / "x") == with_size(88, header + "       " + std::string("\0\0\x80\x3f\0\0\0\xc0", 8)));

  // No tensors at all, and over an existing file.
  write_safetensors(folder / "x", {});
  CHECK(content(folder / "x") == with_size(8, "{}      "));
  CHECK(read_safetensors(folder / "x").empty());
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("safetensors: a file by hand, the order is that of the data, not of the header") {
  TempDir folder;
  const std::string header =
      R"({ "b": {"data_offsets": [4, 12], "dtype": "F32", "shape": [2]}, "__metadata__": {"format": "np"},)"
      R"( "a": {"dtype": "F32", "shape": [1, 1], "data_offsets": [0, 4]} }   )";
  write(folder / "x", with_size(header.size(), header + std::string("\0\0\x80\x3f\0\0\0\xc0\0\0\x40\x40", 12)));
  TensorMetadata metadata;
  const auto tensors = read_safetensors(folder / "x", &metadata);
  REQUIRE(tensors.size() == 2);
  CHECK(tensors[0].name == "a");
  CHECK(tensors[0].values == std::vector<float>{1.0f});
  CHECK(tensors[1].name == "b");
  CHECK(tensors[1].shape == std::vector<std::int64_t>{2});
  CHECK(tensors[1].values == std::vector<float>{-2.0f, 3.0f});
  CHECK(metadata == TensorMetadata{{"format", "np"}});
}

TEST_CASE("safetensors: every kind of bad file is refused with file, tensor and numbers") {
  TempDir folder;
  const fs::path path = folder / "bad.safetensors";
  const auto refused = [&](const std::string& bytes, const std::string& part) {
    write(path, bytes);
    check_error([&] { read_safetensors(path); }, Fault::data, part);
    check_error([&] { read_safetensors(path); }, Fault::data, "bad.safetensors");
  };
  const auto tensor = [](const std::string& shape, const std::string& offsets, const std::string& dtype = "\"F32\"") {
    return "{\"dtype\":" + dtype + ",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
  };
  const auto one = [&](const std::string& shape, const std::string& offsets, std::size_t data, const char* part) {
    refused(file_of("{\"w\":" + tensor(shape, offsets) + "}", data), part);
  };
  const auto two = [&](const std::string& first, const std::string& second, std::size_t data, const char* part) {
    refused(file_of("{\"w\":" + first + ",\"v\":" + second + "}", data), part);
  };

  // The size of the header.
  refused("", "has 0 bytes; a safetensors file starts with 8");
  refused("1234567", "has 7 bytes");
  refused(with_size(0, ""), "does not start with '{'");
  refused(with_size(3, "{}"), "a header of 3 bytes is announced, but only 2 follow");
  refused(with_size(100'000'001, "{}"), "a header of 100000001 bytes is announced, at most 100000000");
  refused(with_size(~std::uint64_t{0}, "{}"), "a header of 18446744073709551615 bytes is announced");

  // The header is not the JSON that it should be.
  refused(file_of(" {}", 0), "does not start with '{'");
  refused(file_of("[1]", 0), "does not start with '{'");
  refused(file_of("{", 0), "not valid JSON");
  refused(file_of("{\"a\":NaN}", 0), "not valid JSON");
  refused(file_of("{\"\xff\":1}", 0), "not valid JSON");
  refused(file_of("{}{}", 0), "not valid JSON");
  refused(file_of(std::string(1, '{') + "\"a\":" + std::string(100'000, '['), 0), "nests deeper");
  refused(file_of("{\"w\":1}", 0), "tensor 'w': must be an object");
  refused(file_of("{\"w\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4), "tensor 'w': has no dtype");
  refused(file_of("{\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4), "tensor 'w': has no shape");
  refused(file_of("{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4), "tensor 'w': has no data_offsets");
  refused(file_of("{\"w\":{\"stride\":1}}", 4), "tensor 'w': unknown key 'stride'");
  refused(file_of("{\"__metadata__\":1}", 0), "__metadata__ must be an object");
  refused(file_of("{\"__metadata__\":{\"n\":1}}", 0), "__metadata__ 'n' must be a text");

  // Names.
  const std::string good = tensor("[1]", "[0,4]");
  refused(file_of("{\"w\":" + good + ",\"w\":" + good + "}", 4), "the name 'w' comes twice");
  refused(file_of("{\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 4), "the name 'dtype' comes twice");

  // Types.
  for (const char* dtype : {"F64", "F16", "BF16", "I64", "I32", "U8", "BOOL", "F8_E4M3"})
    refused(file_of("{\"w\":" + tensor("[1]", "[0,4]", text('"', dtype, '"')) + "}", 4),
            text("tensor 'w': its values are ", dtype, ", and only F32 is read"));
  refused(file_of("{\"w\":" + tensor("[1]", "[0,4]", "32") + "}", 4), "tensor 'w': its dtype must be a text");

  // Shapes.
  one("[-1]", "[0,4]", 4, "tensor 'w': its shape has the extent -1");
  one("[1.5]", "[0,4]", 4, "its shape has the extent 1.5");
  one("[1e3]", "[0,4]", 4, "its shape has the extent 1000.0");
  one("[18446744073709551616]", "[0,4]", 4, "its shape has the extent");
  one("[9223372036854775807]", "[0,4]", 4, "its shape has the extent 9223372036854775807");
  one("[[1]]", "[0,4]", 4, "nests deeper");
  one("3", "[0,4]", 4, "its shape must be an array");
  one("[4294967296,4294967296]", "[0,0]", 0, "its shape [4294967296,4294967296] has more elements than any file");
  one("[1152921504606846976,1152921504606846976,0]", "[0,0]", 0, "more elements than any file");
  one("[1152921504606846976]", "[0,0]", 0, "needs 4611686018427387904 bytes, but its data_offsets hold 0");
  one("[2,3]", "[0,20]", 20, "tensor 'w': its shape [2,3] needs 24 bytes, but its data_offsets hold 20");

  // Places.
  one("[1]", "[0,4,8]", 8, "data_offsets must be two whole numbers from 0 on, not [0,4,8]");
  one("[1]", "[-4,0]", 8, "data_offsets must be two whole numbers");
  one("[1]", "[0,4.0]", 8, "data_offsets must be two whole numbers");
  one("[1]", "[8,4]", 8, "its data ends at byte 4, before it begins at 8");
  one("[2]", "[0,8]", 7, "its data reaches to byte 8, but the file has only 7 bytes of data");
  one("[1]", "[18446744073709551612,18446744073709551615]", 4, "but the file has only 4 bytes");
  one("[1]", "[4,8]", 8, "tensor 'w': its data begins at byte 4, but the data before ends at 0");
  one("[1]", "[0,4]", 5, "the tensors fill 4 bytes, but the file has 5 bytes of data");
  refused(file_of("{}", 1), "the tensors fill 0 bytes, but the file has 1 bytes");
  two(tensor("[2]", "[0,8]"), tensor("[2]", "[4,12]"), 12,
      "tensor 'v': its data begins at byte 4, inside the data of 'w', which ends at 8");
  two(tensor("[1]", "[0,4]"), tensor("[1]", "[0,4]"), 4, "inside the data of");
  two(tensor("[1]", "[0,4]"), tensor("[1]", "[8,12]"), 12,
      "tensor 'v': its data begins at byte 8, but the data before ends at 4");

  check_error([&] { read_safetensors(folder.path()); }, Fault::io, "is a folder, but a file is needed");
  check_error([&] { read_safetensors(folder / "none"); }, Fault::missing, "there is no file");
}

TEST_CASE("safetensors: damaged headers end in an error or a consistent reading, never in a crash") {
  TempDir folder;
  const fs::path path = folder / "x";
  const std::vector<NamedTensor> tensors{{"conv.weight", {2, 1, 3, 3}, counted(18)}, {"conv.bias", {2}, counted(2)}};
  write_safetensors(path, tensors, {{"format", "pt"}});
  const std::string whole = content(path);
  const std::size_t header_end = whole.size() - 20 * sizeof(float);

  std::mt19937 random(20251213);
  const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random() % end); };
  const std::string usual = "0123456789-{}[]\",:.eE \\u";
  int refused = 0;
  for (int round = 0; round < 1000; ++round) {
    std::string bytes = whole;
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
      const std::size_t at = round % 10 == 0 ? below(8) : 8 + below(header_end - 8);
      switch (below(4)) {
        case 0:
          bytes[at] = static_cast<char>(random() & 0xFF);
          break;
        case 1:
          bytes[at] = usual[below(usual.size())];
          break;
        case 2:
          bytes.erase(at, 1 + below(8));
          break;
        default:
          bytes.insert(at, 1, usual[below(usual.size())]);
      }
    }
    write(path, bytes);
    try {
      for (const NamedTensor& tensor : read_safetensors(path)) {
        std::size_t elements = 1;
        for (const std::int64_t extent : tensor.shape) elements *= static_cast<std::size_t>(extent);
        CHECK(tensor.values.size() == elements);
      }
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::data);
      ++refused;
    }
  }
  CHECK(refused > 500);  // most single bytes of a header matter; a reader that accepts anything would pass without this
}

TEST_CASE("safetensors: what cannot be written is refused before anything is touched") {
  TempDir folder;
  const auto refused = [&](const std::vector<NamedTensor>& tensors, const char* part) {
    check_error([&] { write_safetensors(folder / "x", tensors); }, Fault::usage, part);
  };
  refused({{"w", {1}, {1}}, {"w", {1}, {1}}}, "'w' is reserved or comes twice");
  refused({{"__metadata__", {1}, {1}}}, "'__metadata__' is reserved");
  refused({{"w", {2, 2}, {1, 2, 3}}}, "tensor 'w' has the shape [2,2] and 3 values");
  refused({{"w", {-1}, {}}}, "has the shape [-1] and 0 values");
  refused({{"w", {std::int64_t{1} << 62, 8}, {}}}, "and 0 values");
  refused({{"\xff", {}, {1}}}, "must be UTF-8");
  CHECK(fs::is_empty(folder.path()));
  check_error([&] { write_safetensors(folder / "none" / "x", {}); }, Fault::io, "No such file or directory");
  fs::create_directories(folder / "y" / "z");
  check_error([&] { write_safetensors(folder / "y", {}); }, Fault::io, "y is there already and is no file");
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

}  // namespace deepobs
