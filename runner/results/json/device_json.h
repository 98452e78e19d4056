#pragma once

#include "engine/base/device_info.h"
#include "runner/results/json/json_writer.h"

namespace deepobs {

/// What only a GPU has, as members of an open object: "device_versions", of its driver and libraries, and
/// "device_algorithms", which were chosen for its products and convolutions.
void write_gpu(JsonWriter& json, const DeviceInfo& device);

}  // namespace deepobs
