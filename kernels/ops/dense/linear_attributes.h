#pragma once

namespace deepobs {

struct LinearOptions {
  bool relu = false;  ///< apply relu to the output, in the same pass
  bool operator==(const LinearOptions&) const = default;
};

}  // namespace deepobs
