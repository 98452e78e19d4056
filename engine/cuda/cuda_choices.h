#pragma once

#include <string>

namespace deepobs {

/// Choices that were made by measuring, for a whole process: whoever needs the same product again gets the same one, so
/// that equal runs compute equal bits, whether they run at the same time or one after the other.
class CudaChoices {
 public:
  virtual ~CudaChoices() = default;
  /// The choice for `what`; where there is none yet, that of `measure`, which runs alone. `made_with` names what it
  /// depends on beside the GPU: the library and its version.
  virtual std::string choice(const std::string& what, const std::string& made_with,
                             std::string (*measure)(void* context), void* context) = 0;

  template <class Measure>
  std::string choice(const std::string& what, const std::string& made_with, Measure measure) {
    return choice(
        what, made_with, [](void* context) { return (*static_cast<Measure*>(context))(); }, &measure);
  }
};

}  // namespace deepobs
