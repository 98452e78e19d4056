#include <cublasLt.h>
#include <cuda_runtime_api.h>

#include "engine/cuda/choices/choices.h"
#include "engine/cuda/choices/trial_memory.h"
#include "engine/cuda/cuda_check.h"
#include "engine/cuda/cuda_objects.h"
#include "engine/cuda/dnn_handles.h"
#include "engine/cuda/gpu_setup.h"
#include "engine/cuda/graph/cuda_replay.h"
#include "engine/run/cuda_interface.h"

namespace deepobs {
namespace {

constexpr int least_major = 8;  // compute capability: what the kernels are compiled for

std::string version_text(std::size_t number, std::size_t major_unit, std::size_t minor_unit) {
  return text(number / major_unit, '.', number % major_unit / minor_unit, '.', number % minor_unit);
}

std::string driver_version() {
  int version = 0;
  if (cudaDriverGetVersion(&version) != cudaSuccess || version == 0) return "";
  return text(version / 1000, '.', version % 1000 / 10);
}
std::string runtime_version() {
  int version = 0;
  check_cuda(cudaRuntimeGetVersion(&version), "asking for the version of CUDA");
  return text(version / 1000, '.', version % 1000 / 10);
}
std::string blas_version() { return version_text(cublasLtGetVersion(), 10000, 100); }

/// How many GPUs there are; none, with the reason.
int count_gpus(std::string& trouble) {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  (void)cudaGetLastError();
  if (status == cudaErrorInsufficientDriver && driver_version().empty())
    trouble = "there is no NVIDIA driver on this machine";
  else if (status == cudaErrorInsufficientDriver)
    trouble = text("the NVIDIA driver is for CUDA ", driver_version(), ", and this deepobs needs one for CUDA ",
                   runtime_version(), "; install a newer driver");
  else if (status == cudaErrorNoDevice || (status == cudaSuccess && count == 0))
    trouble = "the NVIDIA driver finds no GPU on this machine";
  else if (status != cudaSuccess)
    trouble = text("the NVIDIA driver cannot be asked for its GPUs: ", cudaGetErrorString(status));
  return trouble.empty() ? count : 0;
}

GpuInfo describe(int number) {
  GpuInfo info;
  info.number = number;
  cudaDeviceProp properties{};
  if (const auto status = cudaGetDeviceProperties(&properties, number); status != cudaSuccess) {
    (void)cudaGetLastError();
    info.trouble = cudaGetErrorString(status);
    return info;
  }
  info.name = properties.name;
  info.architecture = text("sm_", properties.major, properties.minor);
  info.bytes = static_cast<std::int64_t>(properties.totalGlobalMem);
  if (properties.major < least_major)
    info.trouble = text("it is of architecture ", info.architecture, "; deepobs needs sm_", least_major, "0 or newer");
  return info;
}

/// What choices of algorithms depend on: parts of a GPU have its name and fewer multiprocessors.
std::string gpu_words(const CudaOptions& options) {
  cudaDeviceProp properties{};
  check_cuda(cudaGetDeviceProperties(&properties, options.gpu), text("describing GPU ", options.gpu));
  return text(properties.name, ", ", properties.multiProcessorCount, " SMs");
}

class CudaDevice final : public Device {
 public:
  CudaDevice(const CudaOptions& options, void* library)
      : options_(options),
        library_(library),
        gpu_(usable_gpu(options.gpu)),
        choices_(gpu_words(options), options.algorithms) {
    choose();
    stream_ = make_stream();
    queue_ = {.stream = stream_.get(),
              .precision = options_.precision,
              .dnn = dnn_of,
              .choices = &choices_,
              .trial_memory = &trial_memory_,
              .device = this};
    const GpuSetup setup = gpu_setup();
    check_blas(cublasLtCreate(&queue_.blas), "starting cuBLASLt");
  }
  ~CudaDevice() override {
    (void)cudaSetDevice(options_.gpu);
    (void)cudaStreamSynchronize(stream_.get());
    const GpuSetup setup = gpu_setup();
    (void)cublasLtDestroy(queue_.blas);
  }

  DeviceInfo info() const override {
    return {.kind = "cuda",
            .name = gpu_.name,
            .threads = 1,
            .simd = gpu_.architecture,
            .precision = std::string(name_of(options_.precision)),
            .versions = {{"driver", driver_version()},
                         {"cuda", runtime_version()},
                         {"cublaslt", blas_version()},
                         {"cudnn", DnnHandles::version()}},
            .algorithms = choices_.lines(),
            .algorithm_times = choices_.times(),
            .warnings = choices_.warnings()};
  }

  void* allocate(std::int64_t bytes) override {
    choose();
    return allocate_on_gpu(bytes);
  }
  void release(void* memory, std::int64_t) noexcept override {
    (void)cudaSetDevice(options_.gpu);
    (void)cudaStreamSynchronize(stream_.get());
    free_on_gpu(memory);
  }

  void copy_in(void* to, const void* from, std::int64_t bytes) override {
    copy_and_wait(to, from, bytes, cudaMemcpyHostToDevice);
  }
  void copy_out(void* to, const void* from, std::int64_t bytes) override {
    copy_and_wait(to, from, bytes, cudaMemcpyDeviceToHost);
  }
  void copy(void* to, const void* from, std::int64_t bytes) override {  // in the stream's order; nobody waits
    if (bytes <= 0) return;
    choose();
    check_cuda(cudaMemcpyAsync(to, from, static_cast<std::size_t>(bytes), cudaMemcpyDeviceToDevice, stream_.get()),
               "copying on the GPU");
  }

  void wait() override {
    choose();
    check_cuda(cudaStreamSynchronize(stream_.get()), "running a program");
  }
  std::int64_t steps_at_once() const override { return most_steps_at_once; }

  std::unique_ptr<Replay> prepare(std::vector<Resolved> calls) override {
    choose();
    const GpuSetup setup = gpu_setup();
    return std::make_unique<CudaReplay>(std::move(calls), options_, queue_, library_);
  }

 private:
  // A whole number of launches whatever a launch holds, as long as that is a power of two; and soon over.
  static constexpr std::int64_t most_steps_at_once = 64;

  static GpuInfo usable_gpu(int number) {
    std::string trouble;
    const int count = count_gpus(trouble);
    require(trouble.empty(), Fault::missing, trouble);
    require(number < count, Fault::missing, "there is no GPU ", number, "; this machine has ", count,
            ", counted from 0: deepobs info --devices");
    const GpuInfo gpu = describe(number);
    require(gpu.trouble.empty(), Fault::missing, "GPU ", number, ", ", gpu.name, ", cannot be used: ", gpu.trouble);
    return gpu;
  }

  static cudnnContext* dnn_of(CudaQueue& queue) {
    return static_cast<CudaDevice*>(queue.device)->dnn_.get(queue.stream, queue.piece);
  }

  /// The GPU of the calling thread is that of this device from here on.
  void choose() const { check_cuda(cudaSetDevice(options_.gpu), text("choosing GPU ", options_.gpu)); }

  void copy_and_wait(void* to, const void* from, std::int64_t bytes, int direction) {
    if (bytes <= 0) return;
    choose();
    check_cuda(cudaMemcpyAsync(to, from, static_cast<std::size_t>(bytes), static_cast<cudaMemcpyKind>(direction),
                               stream_.get()),
               "copying between host and GPU");
    check_cuda(cudaStreamSynchronize(stream_.get()), "copying between host and GPU");
  }

  CudaOptions options_;
  void* library_;
  GpuInfo gpu_;
  DeviceChoices choices_;
  TrialMemory trial_memory_;
  CudaStream stream_;
  CudaQueue queue_;
  DnnHandles dnn_;
};

std::unique_ptr<Device> open(const CudaOptions& options, void* library) {
  return std::make_unique<CudaDevice>(options, library);
}

void list(GpuList& into) {
  into.driver = driver_version();
  into.cublas = blas_version();
  into.cudnn = DnnHandles::version();
  const int count = count_gpus(into.trouble);
  bool usable = false;
  for (int number = 0; number < count; ++number) {
    GpuInfo info = describe(number);
    std::size_t free = 0, total = 0;
    if (info.trouble.empty()) {
      if (cudaSetDevice(number) == cudaSuccess && cudaMemGetInfo(&free, &total) == cudaSuccess)
        info.free_bytes = static_cast<std::int64_t>(free);
      else
        info.trouble = cudaGetErrorString(cudaGetLastError());
    }
    usable |= info.trouble.empty();
    into.gpus.push_back(std::move(info));
  }
  if (into.trouble.empty() && !usable) into.trouble = "none of the GPUs can be used";
}

}  // namespace

extern "C" [[gnu::visibility("default")]] const CudaEntry deepobs_cuda_entry = {cuda_abi(), open, list};

}  // namespace deepobs
