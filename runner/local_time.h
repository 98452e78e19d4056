#pragma once

#include <string>

namespace deepobs {

/// Now, in local time, as it stands in file names: "2025-12-13-16-00-00".
std::string local_time_stamp();

}  // namespace deepobs
