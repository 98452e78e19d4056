#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/cuda/cuda_choices.h"

namespace deepobs {

/// The choices of all devices of the process, by what they are for and what they were made with (GPU, versions).
class ProcessChoices {
 public:
  static ProcessChoices& get();

  /// Takes over lines of DeviceInfo::algorithms; a choice that is known already stays.
  void learn(const std::vector<std::string>& lines);

  std::string choice(const std::string& key, std::string (*measure)(void*), void* context);

 private:
  std::mutex mutex_;  // held while measuring: two at once would disturb each other
  std::map<std::string, std::string> known_;
};

/// Those that one device has used.
class DeviceChoices final : public CudaChoices {
 public:
  explicit DeviceChoices(std::string gpu) : gpu_(std::move(gpu)) {}
  std::string choice(const std::string& what, const std::string& made_with, std::string (*measure)(void*),
                     void* context) override;
  std::vector<std::string> lines() const { return {used_.begin(), used_.end()}; }

 private:
  std::string gpu_;
  std::set<std::string> used_;
};

}  // namespace deepobs
