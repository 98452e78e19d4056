#pragma once

#include <filesystem>

namespace deepobs {

/// Where a path leads: absolute, without symbolic links as far as they can be followed. It need not exist.
std::filesystem::path real_path(const std::filesystem::path& path);

/// Whether `path` is `folder` or lies below it, as they are written or where they lead. Neither need exist.
bool lies_in(const std::filesystem::path& path, const std::filesystem::path& folder);

}  // namespace deepobs
