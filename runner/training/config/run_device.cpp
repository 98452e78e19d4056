#include "runner/training/config/run_device.h"

#include <algorithm>

#include "engine/base/check.h"
#include "runner/results/text/counted.h"

namespace deepobs {

DeviceRequest resolved_device(const DeviceRequest& request, std::string& said) {
  require(request.kind == "cpu" || request.kind == "cuda" || request.kind == "auto", Fault::usage, "unknown device '",
          request.kind, "'; there are: cpu, cuda, auto");
  const Precision precision = precision_of(request.precision);
  DeviceRequest resolved = request;
  if (request.kind == "auto") {
    const GpuList list = list_gpus({.library = request.cuda_library});
    const auto gpu = std::ranges::find(list.gpus, std::string(), &GpuInfo::trouble);
    const bool usable = list.trouble.empty() && gpu != list.gpus.end();
    resolved.kind = usable ? "cuda" : "cpu";
    said = usable ? text("device auto: cuda, ", gpu->name)
                  : text("device auto: cpu, because ", list.trouble.substr(0, list.trouble.find('\n')));
  }
  require(precision == Precision::fp32 || resolved.kind == "cuda", Fault::usage, "precision ", request.precision,
          " is one of a GPU: --device cuda. A CPU computes in fp32");
  return resolved;
}

std::unique_ptr<Device> make_device(const DeviceRequest& request, const CpuOptions& cpu,
                                    std::shared_ptr<AlgorithmStore> algorithms) {
  if (request.kind != "cuda") return cpu_device(cpu);
  return cuda_device({.library = request.cuda_library,
                      .precision = precision_of(request.precision),
                      .overlap = request.cuda_overlap,
                      .algorithms = std::move(algorithms)});
}

std::string device_words(const DeviceInfo& info) {
  if (info.kind == "cpu") return text("cpu, ", counted(info.threads, "thread"), ", ", info.simd);
  return text(info.kind, ", ", info.name, ", ", info.simd, ", ", info.precision);
}

}  // namespace deepobs
