#include "kernels/cuda/product/blas_product.h"

#include <cublasLt.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "engine/cuda/cuda_check.h"

namespace deepobs {
namespace {

constexpr std::int64_t tensor_alignment = 64;  // of every tensor in a buffer, an arena or scratch memory

void check(cublasStatus_t status) { check_blas(status, "preparing a product"); }

template <class T, cublasStatus_t (*destroy)(T)>
struct Destroyer {
  using pointer = T;
  void operator()(T object) const noexcept { (void)destroy(object); }
};
using MatmulDesc = std::unique_ptr<void, Destroyer<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>>;
using Layout = std::unique_ptr<void, Destroyer<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>>;
using Preference = std::unique_ptr<void, Destroyer<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>>;

/// A matrix, or one for each part of the terms, `stride` elements from one to the next.
struct Matrices {
  Layout layout;
  std::uint32_t alignment;  // bytes, of each of them
};

Matrices make_matrices(Type type, std::int64_t rows, std::int64_t columns, std::int64_t leading, int count,
                       std::int64_t stride) {
  cublasLtMatrixLayout_t made = nullptr;
  check(cublasLtMatrixLayoutCreate(&made, type == Type::bf16 ? CUDA_R_16BF : CUDA_R_32F,
                                   static_cast<std::uint64_t>(rows), static_cast<std::uint64_t>(columns), leading));
  Layout layout(made);
  if (count == 1) return {std::move(layout), tensor_alignment};
  const auto set = [&](cublasLtMatrixLayoutAttribute_t attribute, const auto& value) {
    check(cublasLtMatrixLayoutSetAttribute(layout.get(), attribute, &value, sizeof value));
  };
  set(CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, static_cast<std::int32_t>(count));
  set(CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, stride);
  const std::int64_t all = tensor_alignment | stride * bytes_of(type);
  return {std::move(layout), static_cast<std::uint32_t>(all & -all)};  // the largest power of two in both
}

cublasLtEpilogue_t epilogue_of(const BlasShare& share) {
  if (share.bias) return share.relu ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_BIAS;
  return share.relu ? CUBLASLT_EPILOGUE_RELU : CUBLASLT_EPILOGUE_DEFAULT;
}

cublasLtMatmulAlgo_t opaque(const BlasAlgorithm& algorithm) {
  cublasLtMatmulAlgo_t made{};
  static_assert(sizeof made.data == sizeof algorithm.words);
  std::ranges::copy(algorithm.words, made.data);
  return made;
}

BlasAlgorithm described(const cublasLtMatmulHeuristicResult_t& found) {
  BlasAlgorithm made;
  std::ranges::copy(found.algo.data, made.words.begin());
  made.workspace_bytes = static_cast<std::int64_t>(found.workspaceSize);
  return made;
}

}  // namespace

std::string to_text(const BlasAlgorithm& algorithm) {
  std::string words;
  for (const std::uint64_t word : algorithm.words) {
    std::array<char, 20> buffer;
    std::snprintf(buffer.data(), buffer.size(), "%s%llx", words.empty() ? "" : "-",
                  static_cast<unsigned long long>(word));
    words += buffer.data();
  }
  return words;
}

bool read_text(const std::string& words, BlasAlgorithm& algorithm) {
  const char* at = words.c_str();
  for (auto& word : algorithm.words) {
    char* end = nullptr;
    word = std::strtoull(at, &end, 16);
    if (end == at) return false;
    at = *end == '-' ? end + 1 : end;
  }
  return to_text(algorithm) == words;
}

/// It thinks in columns: a row-major [r, c] is its c x r, so the product is turned round, c' [n, m] = b' a'.
struct BlasProduct::Descriptors {
  Descriptors(const GpuProduct& p, Precision precision, const BlasShare& share)
      : parts(std::max(share.parts, 1)),
        k(p.k / parts),
        left(p.b_transposed ? make_matrices(p.operands, k, p.n, p.k, parts, k)
                            : make_matrices(p.operands, p.n, k, p.n, parts, k * p.n)),
        right(p.a_transposed ? make_matrices(p.operands, p.m, k, p.m, parts, k * p.m)
                             : make_matrices(p.operands, k, p.m, p.k, parts, k)),
        result(make_matrices(share.parts > 0 ? Type::f32 : p.result, p.n, p.m, p.n, parts, p.m * p.n)),
        has_bias(share.bias) {
    const auto compute = precision == Precision::tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
    cublasLtMatmulDesc_t made = nullptr;
    check(cublasLtMatmulDescCreate(&made, compute, CUDA_R_32F));
    operation.reset(made);
    set(CUBLASLT_MATMUL_DESC_TRANSA, p.b_transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
    set(CUBLASLT_MATMUL_DESC_TRANSB, p.a_transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
    set(CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue_of(share));
    // Whether an algorithm is possible depends on how the bias is aligned; where it lies is known when it is run.
    alignas(tensor_alignment) static const char somewhere[tensor_alignment] = {};
    if (has_bias) set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, static_cast<const void*>(somewhere));
  }

  template <class T>
  void set(cublasLtMatmulDescAttributes_t attribute, const T& value) const {
    check(cublasLtMatmulDescSetAttribute(operation.get(), attribute, &value, sizeof value));
  }

  int parts;
  std::int64_t k;
  MatmulDesc operation;
  Matrices left, right, result;
  bool has_bias;
};

BlasProduct::BlasProduct(const GpuProduct& product, Precision precision, const BlasShare& share)
    : descriptors_(std::make_unique<Descriptors>(product, precision, share)) {}
BlasProduct::~BlasProduct() = default;

std::vector<BlasAlgorithm> BlasProduct::offered(const CudaQueue& queue, int most) const {
  const auto& d = *descriptors_;
  cublasLtMatmulPreference_t made = nullptr;
  check(cublasLtMatmulPreferenceCreate(&made));
  const Preference preference(made);
  const auto set = [&](cublasLtMatmulPreferenceAttributes_t attribute, const auto& value) {
    check(cublasLtMatmulPreferenceSetAttribute(preference.get(), attribute, &value, sizeof value));
  };
  set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, static_cast<std::uint64_t>(most_workspace));
  set(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, static_cast<std::uint32_t>(CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE));
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, d.left.alignment);
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, d.right.alignment);
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, d.result.alignment);
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, d.result.alignment);
  std::vector<cublasLtMatmulHeuristicResult_t> found(static_cast<std::size_t>(most));
  int count = 0;
  const auto status = cublasLtMatmulAlgoGetHeuristic(queue.blas, d.operation.get(), d.left.layout.get(),
                                                     d.right.layout.get(), d.result.layout.get(), d.result.layout.get(),
                                                     preference.get(), most, found.data(), &count);
  std::vector<BlasAlgorithm> all;
  if (status != CUBLAS_STATUS_SUCCESS) return all;
  for (int i = 0; i < count; ++i)
    if (const auto& each = found[static_cast<std::size_t>(i)]; each.state == CUBLAS_STATUS_SUCCESS)
      all.push_back(described(each));
  return all;
}

bool BlasProduct::fits(const CudaQueue& queue, BlasAlgorithm& algorithm) const {
  const auto& d = *descriptors_;
  const auto with = opaque(algorithm);
  cublasLtMatmulHeuristicResult_t result{};
  const auto status = cublasLtMatmulAlgoCheck(queue.blas, d.operation.get(), d.left.layout.get(), d.right.layout.get(),
                                              d.result.layout.get(), d.result.layout.get(), &with, &result);
  algorithm.workspace_bytes = static_cast<std::int64_t>(result.workspaceSize);
  return status == CUBLAS_STATUS_SUCCESS && algorithm.workspace_bytes <= most_workspace;
}

void BlasProduct::run(const CudaQueue& queue, const BlasAlgorithm& algorithm, const GpuProductMemory& memory, void* to,
                      void* workspace) const {
  const auto& d = *descriptors_;
  // The bias lies in a buffer of the run, so its address is known only here; a capture keeps what it is now.
  if (d.has_bias) d.set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, memory.bias);
  const auto with = opaque(algorithm);
  constexpr float one = 1.f, zero = 0.f;
  check_blas(cublasLtMatmul(queue.blas, d.operation.get(), &one, memory.b, d.left.layout.get(), memory.a,
                            d.right.layout.get(), &zero, to, d.result.layout.get(), to, d.result.layout.get(), &with,
                            workspace, static_cast<std::size_t>(algorithm.workspace_bytes), queue.stream),
             "multiplying");
}

}  // namespace deepobs
