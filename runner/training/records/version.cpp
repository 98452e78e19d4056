#include "runner/training/records/version.h"

#include <oneapi/tbb/version.h>
#include <zlib.h>

#include "deepobs_revision.h"

namespace deepobs {

std::string version() { return DEEPOBS_VERSION; }

std::string revision() { return DEEPOBS_REVISION; }

std::vector<std::pair<std::string, std::string>> library_versions() {
  return {{"compiler", DEEPOBS_COMPILER}, {"onetbb", TBB_runtime_version()}, {"zlib", zlibVersion()}};
}

}  // namespace deepobs
