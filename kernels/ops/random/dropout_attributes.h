#pragma once

#include <cstdint>

namespace deepobs {

struct DropoutAttributes {
  float rate = 0.f;
  float kept_factor = 1.f;  ///< 1 / (1 - rate)
  std::uint32_t sub_stream = 0;
};

}  // namespace deepobs
