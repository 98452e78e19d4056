#include "runner/outputs.h"

#include <map>
#include <set>

#include "runner/file.h"
#include "runner/local_time.h"
#include "runner/publish.h"

namespace deepobs {

void check_outputs(const std::vector<Run>& runs) {
  std::map<std::filesystem::path, std::set<std::filesystem::path>> folders;  // by results folder
  for (const auto& run : runs) {
    const RunConfig& config = run.config;
    if (!config.no_logs) folders[config.output_dir].insert(run_folder(run.name(local_time_stamp()), config.layout));
  }
  for (const auto& [root, below] : folders)
    check_publishable(root, std::vector<std::filesystem::path>(below.begin(), below.end()));
  for (const auto& run : runs) {
    refuse_stopped(run.config);
    if (!run.config.save_params.empty()) check_replaceable(run.config.save_params, "save_params");
  }
}

}  // namespace deepobs
