#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "engine/run/cuda_device.h"
#include "engine/run/device.h"

namespace deepobs {

/// Which device computes: what the options --device, --precision and --cuda_library say.
struct DeviceRequest {
  std::string kind = "cpu";  ///< "cpu", "cuda" or "auto"
  std::string precision = "fp32";
  std::filesystem::path cuda_library = {};  ///< empty: where it belongs (engine/run/cuda_device.h)
  bool cuda_overlap = true;                 ///< CudaOptions::overlap
  bool operator==(const DeviceRequest&) const = default;
};

/// The request with "auto" decided: "cuda" where a GPU can be used, else "cpu"; `said` then tells which, and why.
///   errors  usage: an unknown device or precision, a precision that the device has not
DeviceRequest resolved_device(const DeviceRequest& request, std::string& said);

/// The device of a resolved request; `cpu` holds for a CPU. `algorithms` is where a GPU keeps its
/// choices. Errors: those of cuda_device().
std::unique_ptr<Device> make_device(const DeviceRequest& request, const CpuOptions& cpu,
                                    std::shared_ptr<AlgorithmStore> algorithms = {});

/// "cpu, 2 threads, avx512" or "cuda, NVIDIA H100 80GB HBM3, sm_90, fp32": for people.
std::string device_words(const DeviceInfo& info);

}  // namespace deepobs
