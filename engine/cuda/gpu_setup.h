#pragma once

#include <mutex>

namespace deepobs {

/// What somebody holds who makes or gives back memory or a library's handle, measures, or captures a graph. Some of
/// that stops the whole GPU, which breaks a capture that another thread is in; and who measures wants the GPU for
/// itself. Launches and copies go on meanwhile. One for the process; the same thread may take it again.
using GpuSetup = std::unique_lock<std::recursive_mutex>;
[[nodiscard]] GpuSetup gpu_setup();

}  // namespace deepobs
