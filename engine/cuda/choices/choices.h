#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/cuda/choices/cuda_choices.h"
#include "engine/run/cuda_device.h"

namespace deepobs {

/// The choices of all devices of the process, by what they are for and what they were made with (GPU, versions).
class ProcessChoices {
 public:
  static ProcessChoices& get();

  /// CudaChoices::choose() under a whole key. What cannot be used any more is told in `warnings`, as is trouble with
  /// the store (null: there is none).
  MeasuredChoice choose(const std::string& key, AlgorithmStore* store, const CudaChoices::Use& use,
                        const CudaChoices::Measure& measure, std::vector<std::string>& warnings);

 private:
  std::mutex mutex_;  // held while measuring: two at once would disturb each other
  struct Known {
    MeasuredChoice measured;  // and used, in this process
    bool kept = false;        // in a store
  };
  std::map<std::string, Known> known_;
};

/// Those that one device has used.
class DeviceChoices final : public CudaChoices {
 public:
  DeviceChoices(std::string gpu, std::shared_ptr<AlgorithmStore> store)
      : gpu_(std::move(gpu)), store_(std::move(store)) {}
  void choose(const std::string& what, const std::string& made_with, const Use& use, const Measure& measure) override;

  /// As DeviceInfo has them.
  std::vector<std::string> lines() const { return {lines_.begin(), lines_.end()}; }
  std::vector<std::string> times() const { return {times_.begin(), times_.end()}; }
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  std::string gpu_;
  std::shared_ptr<AlgorithmStore> store_;
  std::set<std::string> lines_, times_;
  std::vector<std::string> warnings_;
};

}  // namespace deepobs
