#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "engine/run/cuda_device.h"

namespace deepobs {

// What the program and libdeepobs_cuda.so know of each other. They are made from the same sources by the same compiler,
// so they share C++ types; `abi` finds out where that is not so.

/// The body of an op NAME for a GPU is the function deepobs_cuda_NAME of the library (engine/cuda/queue.h). There is no
/// list: it is looked for when a program is prepared.
constexpr std::string_view cuda_body_prefix = "deepobs_cuda_body_";
/// A function of this name, where there is one, prepares the body: choices and objects that must be made only once.
constexpr std::string_view cuda_prepare_prefix = "deepobs_cuda_prepare_";

/// A number that changes with what both sides must agree on.
constexpr std::uint64_t cuda_abi() {
  std::uint64_t hash = 0xcbf29ce484222325u;
  const auto add = [&](std::uint64_t value) { hash = (hash ^ value) * 0x100000001b3u; };
  for (const std::uint64_t value :
       {std::uint64_t{2},  // counted up by hand, for changes that no size shows
        std::uint64_t{sizeof(View)}, std::uint64_t{sizeof(Call)}, std::uint64_t{sizeof(StepBlock)},
        std::uint64_t{sizeof(Op)}, std::uint64_t{sizeof(Device::Resolved)}, std::uint64_t{sizeof(DeviceInfo)},
        std::uint64_t{sizeof(CudaOptions)}, std::uint64_t{sizeof(GpuList)}, std::uint64_t{sizeof(GpuInfo)}})
    add(value);
#if defined(__GNUC__)
  add(__GNUC__);
#endif
  return hash;
}

/// The library's one entry point, exported under the name below.
struct CudaEntry {
  std::uint64_t abi;
  /// `library` is its own handle, for dlsym().
  std::unique_ptr<Device> (*open)(const CudaOptions& options, void* library);
  /// Fills in everything but the name of the file.
  void (*list)(GpuList& into);
};
constexpr const char* cuda_entry_name = "deepobs_cuda_entry";

}  // namespace deepobs
