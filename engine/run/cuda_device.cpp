#include "engine/run/cuda_device.h"

#include "engine/base/check.h"
#include "engine/run/cuda_library.h"

namespace deepobs {

std::unique_ptr<Device> cuda_device(const CudaOptions& options) {
  require(options.gpu >= 0, Fault::usage, "a GPU's number is at least 0, not ", options.gpu);
  require(options.steps_a_launch >= 0, Fault::usage, "a launch has at least 1 step, or as many as are good (0), not ",
          options.steps_a_launch);
  const CudaLibrary library(options.library);
  return library.entry().open(options, library.handle());
}

GpuList list_gpus(const CudaOptions& options) {
  GpuList list;
  try {
    const CudaLibrary library(options.library);
    list.library = library.file();
    library.entry().list(list);
  } catch (const Error& error) {
    list.trouble = error.what();
  }
  return list;
}

}  // namespace deepobs
