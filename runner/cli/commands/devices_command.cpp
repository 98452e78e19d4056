#include <ostream>

#include "engine/run/executor.h"
#include "runner/cli/commands/commands.h"
#include "runner/results/json/json_writer.h"
#include "runner/results/text/counted.h"
#include "runner/training/config/run_device.h"

namespace deepobs {
namespace {

constexpr double gib = 1024. * 1024 * 1024;

std::string memory_words(std::int64_t bytes) {
  return text(static_cast<std::int64_t>(static_cast<double>(bytes) / gib * 10) / 10., " GiB");
}

std::string or_unknown(const std::string& version) { return version.empty() ? "unknown" : version; }

void print_text(const DeviceInfo& cpu, const GpuList& list, std::ostream& out) {
  out << "cpu     " << cpu.name << ", " << counted(available_cores(), "core") << ", " << cpu.simd << '\n';
  for (const auto& gpu : list.gpus) {
    out << "cuda    " << gpu.number << ": " << gpu.name << ", " << gpu.architecture << ", " << memory_words(gpu.bytes)
        << ", " << memory_words(gpu.free_bytes) << " free\n";
    if (!gpu.trouble.empty()) out << "        cannot be used: " << gpu.trouble << '\n';
  }
  if (!list.trouble.empty()) out << "cuda    no GPU can be used: " << list.trouble << '\n';
  if (list.library.empty()) return;
  out << "        driver for CUDA " << or_unknown(list.driver) << ", cuBLASLt " << or_unknown(list.cublas) << ", cuDNN "
      << or_unknown(list.cudnn) << ", " << list.library << '\n';
}

void print_json(const DeviceInfo& cpu, const GpuList& list, std::ostream& out) {
  JsonWriter json(2);
  json.begin_object().key("cpu").begin_object();
  json.member("name", cpu.name).member("cores", available_cores()).member("simd", cpu.simd).end_object();
  json.key("gpus").begin_array();
  for (const auto& gpu : list.gpus) {
    json.begin_object().member("number", gpu.number).member("name", gpu.name);
    json.member("architecture", gpu.architecture).member("bytes", gpu.bytes).member("free_bytes", gpu.free_bytes);
    json.member("trouble", gpu.trouble).end_object();
  }
  json.end_array().member("cuda_trouble", list.trouble).member("cuda_library", list.library);
  json.member("driver", list.driver).member("cublaslt", list.cublas).member("cudnn", list.cudnn).end_object();
  out << json.finish() << '\n';
}

}  // namespace

void devices_command(const std::filesystem::path& cuda_library, bool json, std::ostream& out) {
  const DeviceInfo cpu = cpu_device({.threads = 1})->info();
  const GpuList list = list_gpus({.library = cuda_library});
  json ? print_json(cpu, list, out) : print_text(cpu, list, out);
}

}  // namespace deepobs
