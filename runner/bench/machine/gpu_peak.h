#pragma once

#include "engine/run/device.h"

namespace deepobs {

/// Floating-point operations a second of large products on a GPU, in the precision of the device: the best of some
/// sizes, each measured for a few products. What one at a time takes decides how large they become, so a slow device is
/// done soon.
double gpu_peak_flops(Device& device);

}  // namespace deepobs
