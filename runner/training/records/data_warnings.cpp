#include "runner/training/records/data_warnings.h"

#include "engine/base/check.h"
#include "runner/results/files/paths.h"

namespace deepobs {

std::string passed_over_text(const DatasetInfo& info, const std::filesystem::path& data_dir,
                             const std::filesystem::path& folder) {
  if (info.is_generated() || data_dir.empty() || (!folder.empty() && lies_in(folder, data_dir))) return "";
  return text("WARNING: data_dir ", data_dir.string(), " has no data set ", info.name, "; using ",
              folder.empty() ? "random bytes" : folder.string());
}

std::string incomplete_text(const Dataset& data) {
  if (data.complete) return "";
  std::string reasons;
  for (const auto& note : data.notes) reasons += (reasons.empty() ? "" : "; ") + note;
  const std::string where = data.folder.empty() ? "" : " in " + data.folder.string();
  return text("WARNING: data set ", data.name, where, " is not complete: ", data.train.count, " of ",
              data.train.official_count, " training and ", data.test.count, " of ", data.test.official_count,
              " test examples (", reasons, ")");
}

}  // namespace deepobs
