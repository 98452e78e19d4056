#pragma once

#include <string>
#include <utility>
#include <vector>

namespace deepobs {

/// What a run's record says of the device.
struct DeviceInfo {
  std::string kind;  ///< "cpu", "cuda"
  std::string name;  ///< the processor, as it calls itself
  int threads = 1;
  std::string simd;       ///< instruction set of the kernels; of a GPU its architecture
  std::string precision;  ///< "fp32": IEEE single precision throughout
  /// Versions of what only this device needs: its driver, its libraries.
  std::vector<std::pair<std::string, std::string>> versions = {};
  /// What was chosen for products and convolutions of the programs prepared so far, one "what: choice" each, sorted.
  std::vector<std::string> algorithms = {};
  /// How long what was measured in this process took, in microseconds, and the best others, for people, sorted:
  /// "what: 12.3 us by CHOICE; 12.9 us by ANOTHER; 24 measured".
  std::vector<std::string> algorithm_times = {};
  /// What its user should know; one line each.
  std::vector<std::string> warnings = {};
};

}  // namespace deepobs
