#pragma once

#include <string>
#include <utility>
#include <vector>

namespace deepobs {

/// "0.1.0".
std::string version();

/// The commit that was built, with "-dirty" when the tree had changes; "unknown" outside a repository.
std::string revision();

/// Name and version of every library that a result may depend on, the compiler first.
std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace deepobs
