#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace deepobs {

/// One tensor of a file of parameters: values in row-major order, as many as the extents multiply to.
struct NamedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// One tensor of any type, as a file holds it.
struct StoredTensor {
  std::string name;
  std::string dtype;  ///< "F32", "F64", "I32", "I64" or "U8"
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;  ///< of the values in row-major order, little endian
};

/// The free texts of the key __metadata__.
using TensorMetadata = std::map<std::string, std::string>;

/// Reads a safetensors file of float32 tensors, in the order in which their data lies in the file. The format: 8 bytes
/// with the size of the header (little endian), the header (JSON: name -> dtype, shape, data_offsets), and the values.
/// https://huggingface.co/docs/safetensors
///   metadata  receives the texts of __metadata__ when not null
///   unread    the names of tensors that are left out, and may be of any of the types that StoredTensor names
///   errors    missing, io; data, with file, tensor and numbers, for anything that is not exactly this format: another
///             dtype, sizes and offsets that do not fit each other or the file, gaps, overlaps, names twice. Memory is
///             asked for only after the sizes were found to fit the file
std::vector<NamedTensor> read_safetensors(const std::filesystem::path& path, TensorMetadata* metadata = nullptr,
                                          std::span<const std::string> unread = {});

/// Writes such a file, complete or not at all, over one that may be there. The header is padded with spaces to 8 bytes
/// as the reference implementation does.
///   errors    usage for tensors that cannot be written (a name twice or reserved, text that is not UTF-8, values that
///             do not fill the shape); io
void write_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                       const TensorMetadata& metadata = {});

/// The same for tensors of the types that StoredTensor names.
std::vector<StoredTensor> read_stored(const std::filesystem::path& path, TensorMetadata* metadata = nullptr);
void write_stored(const std::filesystem::path& path, std::span<const StoredTensor> tensors,
                  const TensorMetadata& metadata = {});

}  // namespace deepobs
