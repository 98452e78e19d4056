#include "engine/run/cuda_library.h"

#include <dlfcn.h>

#include <system_error>

#include "engine/base/check.h"

namespace deepobs {
namespace {

constexpr const char* library_name = "libdeepobs_cuda.so";

constexpr const char* how_to_get_one =
    "; it is built where CMake finds a CUDA toolkit (-DDEEPOBS_CUDA=ON says what is missing)";

std::string loader_message() {
  const char* message = dlerror();
  return message ? message : "no reason given";
}

/// The first of the places that exists.
std::filesystem::path found_library() {
  std::string looked;
  for (const auto& place : cuda_library_places()) {
    std::error_code ignored;
    if (std::filesystem::exists(place, ignored)) return place;
    looked += "\n  " + place.string();
  }
  fail(Fault::missing, "there is no ", library_name, ", the part of deepobs for NVIDIA GPUs", how_to_get_one,
       ". Looked for:", looked);
}

}  // namespace

std::vector<std::filesystem::path> cuda_library_places() {
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  std::vector<std::filesystem::path> places;
  if (failed) return places;
  const auto folder = program.parent_path();
  places.push_back(folder / library_name);
  for (const char* lib : {"lib", "lib64", "lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu"})
    places.push_back((folder.parent_path() / lib / library_name).lexically_normal());
  return places;
}

CudaLibrary::CudaLibrary(const std::filesystem::path& file) : file_(file.empty() ? found_library() : file) {
  std::error_code ignored;
  require(std::filesystem::exists(file_, ignored), Fault::missing, "there is no file ", file_,
          ", which was named as the part of deepobs for NVIDIA GPUs", how_to_get_one);
  // A path with a slash, or the loader would look through folders of its own.
  handle_ = dlopen(std::filesystem::absolute(file_).c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle_ == nullptr)
    fail(
        Fault::missing, file_, " cannot be loaded: ", loader_message(),
        ". It needs cuBLASLt, and cuDNN if it was there when it was built, of the same versions, in the loader's path");
  entry_ = static_cast<const CudaEntry*>(dlsym(handle_, cuda_entry_name));
  require(entry_ != nullptr, Fault::missing, file_, " is no ", library_name, ": it has no ", cuda_entry_name);
  require(entry_->abi == cuda_abi(), Fault::missing, file_,
          " was built from another version of deepobs, or by another compiler; build both together");
}

bool CudaLibrary::has_body(std::string_view op) const {
  return dlsym(handle_, (std::string(cuda_body_prefix) + std::string(op)).c_str()) != nullptr;
}

}  // namespace deepobs
