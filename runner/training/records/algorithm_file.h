#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/run/cuda_device.h"
#include "runner/results/files/file.h"

namespace deepobs {

/// The algorithms that a user's runs on GPUs have chosen: .cache/deepobs/gpu_algorithms.txt of the home, a line each.
/// Programs that run at the same time take turns by a lock on a file beside it, so whoever chooses first chooses for
/// all.
class AlgorithmFile final : public AlgorithmStore {
 public:
  /// Nothing is kept where `home` is empty. `patience`, in seconds: who waits longer for another program chooses for
  /// itself from then on.
  explicit AlgorithmFile(const std::filesystem::path& home, double patience = 60);

  std::string update(const Choose& choose) override;

 private:
  OpenFile locked() const;
  std::vector<std::string> lines() const;
  void replace(std::vector<std::string> lines, const std::string& line) const;

  std::filesystem::path path_;
  double patience_;
  std::string trouble_;  ///< with the lock: it is not tried again
};

}  // namespace deepobs
