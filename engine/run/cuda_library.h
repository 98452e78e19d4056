#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/run/cuda_interface.h"

namespace deepobs {

/// libdeepobs_cuda.so, loaded. It is never unloaded: a GPU's objects may outlive whoever asked for it.
class CudaLibrary {
 public:
  /// Errors: missing, with the places that were looked at; one that cannot be loaded, with what it lacks; one of
  /// another build.
  explicit CudaLibrary(const std::filesystem::path& file);

  const CudaEntry& entry() const { return *entry_; }
  void* handle() const { return handle_; }
  const std::string& file() const { return file_; }

  /// Whether it has a body for ops of that name.
  bool has_body(std::string_view op) const;

 private:
  std::string file_;
  void* handle_ = nullptr;
  const CudaEntry* entry_ = nullptr;
};

/// The files that are looked for, in this order, when nobody names one.
std::vector<std::filesystem::path> cuda_library_places();

}  // namespace deepobs
