#include "runner/results/json/device_json.h"

namespace deepobs {

void write_gpu(JsonWriter& json, const DeviceInfo& device) {
  json.key("device_versions").begin_object();
  for (const auto& [name, number] : device.versions) json.member(name, number);
  json.end_object().key("device_algorithms").begin_array();
  for (const auto& line : device.algorithms) json.value(line);
  json.end_array();
}

}  // namespace deepobs
