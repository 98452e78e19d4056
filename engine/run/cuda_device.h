#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/run/device.h"
#include "engine/tensor/precision.h"

namespace deepobs {

/// Where algorithms that were chosen by measuring are kept beyond the process, so that equal runs compute equal bits:
/// measured again, another one might be the fastest by a hair. Lines are those of DeviceInfo::algorithms.
class AlgorithmStore {
 public:
  virtual ~AlgorithmStore() = default;

  /// Calls `choose` once with all lines that are kept; the line "key: choice" that it returns, if it is not empty,
  /// takes the place of that of the same key. Meanwhile nobody else, in no program, is at this. What goes wrong with
  /// the keeping does not stop anything: it is returned (empty: nothing). `choose` then had what lines could be read,
  /// and its own is lost.
  ///   errors  those of `choose`
  using Choose = std::function<std::string(const std::vector<std::string>& lines)>;
  virtual std::string update(const Choose& choose) = 0;
};

/// The GPU backend is a shared library of its own, libdeepobs_cuda.so, which is loaded when somebody asks for a GPU and
/// stays loaded. Nothing else of ours refers to CUDA.
struct CudaOptions {
  std::filesystem::path library = {};  ///< the library's file; empty: beside the program, in the lib folders beside
                                       ///< the program's, then wherever the system looks for libraries
  int gpu = 0;                         ///< its number among those that the driver shows
  Precision precision = Precision::fp32;

  /// Whether parts of a step that do not need each other may run at the same time. It changes no result.
  bool overlap = true;

  /// How many steps one launch may hold; 0: as many as make a launch of some hundred nodes. It changes no result.
  int steps_a_launch = 0;

  /// Where choices of algorithms come from and go to; null: the process remembers them, and nobody else.
  std::shared_ptr<AlgorithmStore> algorithms = {};
};

/// A GPU of this machine. Devices made here share their GPU's memory: one can read what another holds, and programs of
/// several devices run side by side.
///   errors  missing: no library, one of another build, no driver, no such GPU, with what was looked for and where;
///           memory
std::unique_ptr<Device> cuda_device(const CudaOptions& options = {});

/// One GPU, and whether it can be used.
struct GpuInfo {
  int number = 0;
  std::string name;
  std::string architecture;     ///< "sm_90"
  std::int64_t bytes = 0;       ///< of its memory
  std::int64_t free_bytes = 0;  ///< of them not in use, by anybody; 0 where that cannot be asked
  std::string trouble;          ///< why it cannot be used; empty: it can
};

/// What there is of GPUs. Never throws for want of anything: that is what `trouble` is for.
struct GpuList {
  std::string library;                ///< the backend's file; empty: none
  std::string driver, cublas, cudnn;  ///< versions; empty: unknown
  std::vector<GpuInfo> gpus;
  std::string trouble;  ///< why none can be used; empty: at least one can
};
GpuList list_gpus(const CudaOptions& options = {});

}  // namespace deepobs
