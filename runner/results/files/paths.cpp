#include "runner/results/files/paths.h"

#include <system_error>

namespace deepobs {
namespace {

namespace fs = std::filesystem;

fs::path written_path(const fs::path& path) { return fs::absolute(path).lexically_normal(); }

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

fs::path real_path(const fs::path& path) {
  std::error_code cannot;
  const fs::path real = fs::weakly_canonical(fs::absolute(path), cannot);
  return cannot ? written_path(path) : real;
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  return is_below(written_path(path), written_path(folder)) || is_below(real_path(path), real_path(folder));
}

}  // namespace deepobs
