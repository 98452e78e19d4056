#include "runner/run_device.h"

#include <algorithm>
#include <set>

#include "engine/check.h"
#include "runner/counted.h"
#include "runner/file.h"

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
                                    std::vector<std::string> algorithms) {
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

AlgorithmFile::AlgorithmFile(const std::filesystem::path& home) {
  if (!home.empty()) path_ = home / ".cache" / "deepobs" / "gpu_algorithms.txt";
}

std::vector<std::string> AlgorithmFile::known() const {
  std::error_code none;
  if (path_.empty() || !std::filesystem::exists(path_, none)) return {};
  const std::string content = read_file(path_);
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < content.size();) {
    const std::size_t end = std::min(content.find('\n', begin), content.size());
    lines.push_back(content.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

void AlgorithmFile::add(const std::vector<std::string>& lines) const {
  if (path_.empty()) return;
  const auto before = known();
  std::set<std::string> all(before.begin(), before.end());
  all.insert(lines.begin(), lines.end());
  if (all.size() == before.size()) return;
  std::error_code failed;
  std::filesystem::create_directories(path_.parent_path(), failed);
  if (failed) fail_io("make the folder", path_.parent_path(), failed.value());
  std::string content;
  for (const auto& line : all) content += line + '\n';
  const std::string_view piece = content;
  replace_file(path_, {&piece, 1});
}

}  // namespace deepobs
