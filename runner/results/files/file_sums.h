#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace deepobs {

/// CRC-32 of the contents of files, as gzip and zlib have it, in 8 hex digits. Each file is read once, however many
/// runs name it.
class FileSums {
 public:
  /// Errors: missing, io; data for a file of more than 4 GiB, which would take long and holds none of our models.
  const std::string& of(const std::filesystem::path& file);

 private:
  std::map<std::filesystem::path, std::string> known_;
};

}  // namespace deepobs
