#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace deepobs {

/// All bytes of a file; nothing where there is none.
inline std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace deepobs
