#pragma once

#include <string_view>

#include "engine/graph/graph.h"
#include "engine/memory/plan.h"

namespace deepobs {

/// Rewrites a complete graph for the device that is to run it, and plans it: drop_unread() on a CPU, record_for_gpu() on
/// a GPU.
///   device, precision  DeviceInfo::kind and ::precision
///   errors             usage: an unknown precision
Plan plan_for(Graph& complete, std::string_view device, std::string_view precision);

}  // namespace deepobs
