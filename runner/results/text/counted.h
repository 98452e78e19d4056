#pragma once

#include <cstdint>
#include <string>

namespace deepobs {

/// "1 epoch", "2 epochs".
inline std::string counted(std::int64_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

}  // namespace deepobs
