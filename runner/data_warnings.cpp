#include "runner/data_warnings.h"

#include "engine/check.h"

namespace deepobs {
namespace {

namespace fs = std::filesystem;

/// Whether `path` is `folder` or lies below it.
bool lies_in(const fs::path& path, const fs::path& folder) {
  const auto relative = fs::weakly_canonical(path).lexically_relative(fs::weakly_canonical(folder));
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

std::string passed_over_text(const std::string& name, const fs::path& data_dir, const fs::path& folder) {
  if (data_dir.empty() || (!folder.empty() && lies_in(folder, data_dir))) return "";
  return text("WARNING: data_dir ", data_dir.string(), " has no data set ", name, "; using ",
              folder.empty() ? "random bytes" : folder.string());
}

std::string incomplete_text(const Dataset& data) {
  if (data.complete) return "";
  std::string reasons;
  for (const auto& note : data.notes) reasons += (reasons.empty() ? "" : "; ") + note;
  return text("WARNING: data set ", data.name, " in ", data.folder.string(), " is not complete: ", data.train.count,
              " of ", data.train.official_count, " training and ", data.test.count, " of ", data.test.official_count,
              " test examples (", reasons, ")");
}

}  // namespace deepobs
