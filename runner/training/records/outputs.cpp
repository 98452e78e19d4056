#include "runner/training/records/outputs.h"

#include <map>
#include <set>

#include "engine/base/check.h"
#include "runner/results/files/file.h"
#include "runner/results/files/paths.h"
#include "runner/results/files/publish.h"
#include "runner/results/text/local_time.h"

namespace deepobs {
namespace {

/// A file of parameters under the name that the results folder, a folder above it or its work folder is yet to get
/// would be in its way.
void refuse_in_the_way(const RunConfig& config) {
  for (const auto& folder : {config.output_dir, work_folder(config.output_dir)})
    require(!lies_in(folder, config.save_params), Fault::usage, "save_params: ", config.save_params.string(),
            " is where the results go: output_dir is ", config.output_dir.string(), "; choose another name");
}

}  // namespace

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
    if (run.config.save_params.empty()) continue;
    check_replaceable(run.config.save_params, "save_params");
    if (!run.config.no_logs) refuse_in_the_way(run.config);
  }
}

}  // namespace deepobs
