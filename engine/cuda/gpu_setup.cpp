#include "engine/cuda/gpu_setup.h"

namespace deepobs {

GpuSetup gpu_setup() {
  static std::recursive_mutex mutex;
  return GpuSetup(mutex);
}

}  // namespace deepobs
