#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/cuda/product/product.h"

namespace deepobs {

/// An algorithm of cuBLASLt's, as the words of its opaque description, which stay valid for the same version and GPU.
struct BlasAlgorithm {
  std::array<std::uint64_t, 8> words = {};
  std::int64_t workspace_bytes = 0;
};

/// "1f-0-0-0-0-0-0-0"; and back, false where the text is none.
std::string to_text(const BlasAlgorithm& algorithm);
bool read_text(const std::string& words, BlasAlgorithm& algorithm);

/// How much cuBLASLt is asked to do of a product.
struct BlasShare {
  int parts =
      0;  ///< 0: the product, with this epilogue, into c; else so many parts of the terms, into [parts, m, n] f32
  bool bias = false, relu = false;
};

/// A product as cuBLASLt sees it. Everything it is asked for is deterministic: partial results lie in its workspace
/// alone, and are added in a fixed order.
class BlasProduct {
 public:
  static constexpr std::int64_t most_workspace = std::int64_t{32} << 20;

  BlasProduct(const GpuProduct& product, Precision precision, const BlasShare& share);
  ~BlasProduct();

  /// What cuBLASLt offers, the best by its own idea first; at most so many. Empty where it has nothing.
  std::vector<BlasAlgorithm> offered(const CudaQueue& queue, int most) const;

  /// Whether an algorithm from elsewhere is one for this product on this GPU; sets its workspace_bytes.
  bool fits(const CudaQueue& queue, BlasAlgorithm& algorithm) const;

  /// `to`: c or the parts. The workspace is the algorithm's, 256-byte aligned.
  void run(const CudaQueue& queue, const BlasAlgorithm& algorithm, const GpuProductMemory& memory, void* to,
           void* workspace) const;

 private:
  struct Descriptors;
  std::unique_ptr<Descriptors> descriptors_;
};

}  // namespace deepobs
