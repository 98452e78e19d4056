#include "kernels/cuda/product.h"

#include <cublasLt.h>
#include <cuda_runtime_api.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "engine/check.h"
#include "engine/cuda/cuda_check.h"
#include "engine/cuda/cuda_choices.h"
#include "engine/cuda/cuda_objects.h"
#include "kernels/cuda/floats.h"

namespace deepobs {
namespace {

constexpr std::int64_t most_workspace = std::int64_t{32} << 20;
constexpr std::uint32_t alignment = 64;  // of every tensor in a buffer or an arena
constexpr int most_candidates = 8;

void check(cublasStatus_t status) { check_blas(status, "preparing a product"); }

template <class T, cublasStatus_t (*destroy)(T)>
struct Destroyer {
  using pointer = T;
  void operator()(T object) const noexcept { (void)destroy(object); }
};
using MatmulDesc = std::unique_ptr<void, Destroyer<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>>;
using Layout = std::unique_ptr<void, Destroyer<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>>;
using Preference = std::unique_ptr<void, Destroyer<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>>;

Layout make_layout(Type type, std::int64_t rows, std::int64_t columns) {
  cublasLtMatrixLayout_t layout = nullptr;
  check(cublasLtMatrixLayoutCreate(&layout, type == Type::bf16 ? CUDA_R_16BF : CUDA_R_32F,
                                   static_cast<std::uint64_t>(rows), static_cast<std::uint64_t>(columns), rows));
  return Layout(layout);
}

std::string operand_text(const char* name, bool transposed) { return std::string(name) + (transposed ? "'" : ""); }

std::string described(const GpuProduct& p, Precision precision) {
  return text("product ", p.m, "x", p.k, "x", p.n, " ", operand_text("a", p.a_transposed),
              operand_text("b", p.b_transposed), p.bias ? "+bias" : "", p.relu ? "+relu" : "", " ", name_of(precision),
              p.operands != p.result ? " to fp32" : "");
}

/// An algorithm as the words of cuBLASLt's opaque struct, which stay valid for the same version and GPU.
std::string words_of(const cublasLtMatmulAlgo_t& algorithm) {
  std::string words;
  for (const std::uint64_t word : algorithm.data) {
    std::array<char, 20> buffer;
    std::snprintf(buffer.data(), buffer.size(), "%s%llx", words.empty() ? "" : "-",
                  static_cast<unsigned long long>(word));
    words += buffer.data();
  }
  return words;
}

bool read_words(const std::string& words, cublasLtMatmulAlgo_t& algorithm) {
  const char* at = words.c_str();
  for (auto& word : algorithm.data) {
    char* end = nullptr;
    word = std::strtoull(at, &end, 16);
    if (end == at) return false;
    at = *end == '-' ? end + 1 : end;
  }
  return *at == '\0';
}

/// The operands as cuBLASLt sees them. It thinks in columns: a row-major [r, c] is its c x r, so the product is turned
/// round, c' [n, m] = b' a'.
struct PreparedProduct final : CudaPrepared {
  PreparedProduct(const GpuProduct& p, Precision precision)
      : left(p.b_transposed ? make_layout(p.operands, p.k, p.n) : make_layout(p.operands, p.n, p.k)),
        right(p.a_transposed ? make_layout(p.operands, p.m, p.k) : make_layout(p.operands, p.k, p.m)),
        result(make_layout(p.result, p.n, p.m)) {
    const auto compute = precision == Precision::tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
    cublasLtMatmulDesc_t made = nullptr;
    check(cublasLtMatmulDescCreate(&made, compute, CUDA_R_32F));
    operation.reset(made);
    set(CUBLASLT_MATMUL_DESC_TRANSA, p.b_transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
    set(CUBLASLT_MATMUL_DESC_TRANSB, p.a_transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
    set(CUBLASLT_MATMUL_DESC_EPILOGUE, p.bias   ? p.relu ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_BIAS
                                       : p.relu ? CUBLASLT_EPILOGUE_RELU
                                                : CUBLASLT_EPILOGUE_DEFAULT);
  }

  template <class T>
  void set(cublasLtMatmulDescAttributes_t attribute, const T& value) const {
    check(cublasLtMatmulDescSetAttribute(operation.get(), attribute, &value, sizeof value));
  }

  void run(const CudaQueue& queue, const GpuProductMemory& memory, const cublasLtMatmulAlgo_t& with, void* workspace,
           std::int64_t workspace_bytes) const {
    // The bias lies in a buffer of the run, so its address is known only here; a capture keeps what it is now.
    if (memory.bias) set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, memory.bias);
    constexpr float one = 1.f, zero = 0.f;
    check_blas(cublasLtMatmul(queue.blas, operation.get(), &one, memory.b, left.get(), memory.a, right.get(), &zero,
                              memory.c, result.get(), memory.c, result.get(), &with, workspace,
                              static_cast<std::size_t>(workspace_bytes), queue.stream),
               "multiplying");
  }

  MatmulDesc operation;
  Layout left, right, result;
  cublasLtMatmulAlgo_t algorithm{};
  bool leaves_relu = false;
};

/// Operands and a result to try a product on: all zeros.
struct Trial {
  Trial(const CudaQueue& queue, const GpuProduct& p)
      : a(p.m * p.k * bytes_of(p.operands), queue.stream),
        b(p.k * p.n * bytes_of(p.operands), queue.stream),
        c(p.m * p.n * bytes_of(p.result), queue.stream),
        bias(p.bias ? p.n * bytes_of(p.result) : 0, queue.stream),
        workspace(most_workspace, queue.stream) {}

  GpuProductMemory memory() const { return {a.data(), b.data(), c.data(), bias.data()}; }

  TemporaryMemory a, b, c, bias, workspace;
};

/// Whether the product's relu lets a NaN be one: tried with a bias of NaNs.
bool keeps_nan(const CudaQueue& queue, const PreparedProduct& product, const GpuProduct& of, const Trial& trial) {
  const auto bytes = static_cast<std::size_t>(of.n * bytes_of(of.result));
  check_cuda(cudaMemsetAsync(trial.bias.data(), 0xFF, bytes, queue.stream), "preparing a product");
  product.run(queue, trial.memory(), product.algorithm, trial.workspace.data(), product.scratch_bytes);
  std::vector<float> room(static_cast<std::size_t>(of.n));  // of bf16 numbers it holds twice as many
  check_cuda(cudaMemcpyAsync(room.data(), trial.c.data(), bytes, cudaMemcpyDeviceToHost, queue.stream),
             "preparing a product");
  check_cuda(cudaStreamSynchronize(queue.stream), "preparing a product");
  const Floats first(room.data(), of.result);
  for (std::int64_t i = 0; i < of.n; ++i)
    if (!std::isnan(first[i])) return false;
  return true;
}

std::vector<cublasLtMatmulHeuristicResult_t> candidates(const CudaQueue& queue, const PreparedProduct& product) {
  cublasLtMatmulPreference_t made = nullptr;
  check(cublasLtMatmulPreferenceCreate(&made));
  const Preference preference(made);
  const auto set = [&](cublasLtMatmulPreferenceAttributes_t attribute, const auto& value) {
    check(cublasLtMatmulPreferenceSetAttribute(preference.get(), attribute, &value, sizeof value));
  };
  set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, static_cast<std::uint64_t>(most_workspace));
  // Partial results only in the workspace, and added in a fixed order.
  set(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, static_cast<std::uint32_t>(CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE));
  for (const auto attribute : {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
                               CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES})
    set(attribute, alignment);
  std::vector<cublasLtMatmulHeuristicResult_t> found(most_candidates);
  int count = 0;
  const auto status = cublasLtMatmulAlgoGetHeuristic(queue.blas, product.operation.get(), product.left.get(),
                                                     product.right.get(), product.result.get(), product.result.get(),
                                                     preference.get(), most_candidates, found.data(), &count);
  found.resize(status == CUBLAS_STATUS_SUCCESS ? static_cast<std::size_t>(count) : 0);
  std::erase_if(found, [](const auto& each) { return each.state != CUBLAS_STATUS_SUCCESS; });
  return found;
}

/// Workspace of an algorithm; nothing where it does not fit this product and GPU.
bool workspace_of(const CudaQueue& queue, const PreparedProduct& product, std::int64_t& bytes) {
  cublasLtMatmulHeuristicResult_t result{};
  const auto status =
      cublasLtMatmulAlgoCheck(queue.blas, product.operation.get(), product.left.get(), product.right.get(),
                              product.result.get(), product.result.get(), &product.algorithm, &result);
  bytes = static_cast<std::int64_t>(result.workspaceSize);
  return status == CUBLAS_STATUS_SUCCESS;
}

/// Times every candidate; the fastest in words.
std::string fastest(const CudaQueue& queue, const PreparedProduct& product, const Trial& trial,
                    const std::string& what) {
  std::string best, trouble;
  double least = 0;
  for (const auto& candidate : candidates(queue, product)) {
    double time = 0;
    try {
      time = measured_microseconds(queue.stream, [&] {
        product.run(queue, trial.memory(), candidate.algo, trial.workspace.data(), most_workspace);
      });
    } catch (const Error& error) {  // one that was promised and does not run
      if (error.fault() == Fault::memory) throw;
      trouble = text(", the last tried: ", error.what());
      continue;
    }
    if (best.empty() || time < least) best = words_of(candidate.algo), least = time;
  }
  require(!best.empty(), Fault::internal, "cuBLASLt has no algorithm for ", what, trouble);
  return best;
}

}  // namespace

std::unique_ptr<CudaPrepared> prepare_product(CudaQueue& queue, const GpuProduct& product) {
  if (product.m == 0 || product.n == 0 || product.k == 0) return std::make_unique<CudaPrepared>();
  const Precision precision = precision_of(queue, product.operands);
  auto prepared = std::make_unique<PreparedProduct>(product, precision);
  const Trial trial(queue, product);
  if (product.bias) prepared->set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, trial.memory().bias);
  const std::string what = described(product, precision);
  const std::string chosen = queue.choices->choice(what, text("cublaslt ", cublasLtGetVersion()),
                                                   [&] { return fastest(queue, *prepared, trial, what); });
  require(read_words(chosen, prepared->algorithm) && workspace_of(queue, *prepared, prepared->scratch_bytes) &&
              prepared->scratch_bytes <= most_workspace,
          Fault::internal, "the algorithm ", chosen, " that was chosen for ", what,
          " does not fit it; if it comes from a file of earlier choices, remove its line there "
          "(of the program: ~/.cache/deepobs/gpu_algorithms.txt)");
  prepared->run(queue, trial.memory(), prepared->algorithm, trial.workspace.data(), prepared->scratch_bytes);
  check_cuda(cudaStreamSynchronize(queue.stream), "preparing a product");
  if (!product.relu || keeps_nan(queue, *prepared, product, trial)) return prepared;
  GpuProduct without = product;
  without.relu = false;
  auto other = prepare_product(queue, without);
  static_cast<PreparedProduct&>(*other).leaves_relu = true;
  return other;
}

bool run_product(CudaQueue& queue, const GpuProductMemory& memory) {
  const auto& prepared = prepared_as<PreparedProduct>(queue);
  prepared.run(queue, memory, prepared.algorithm, queue.scratch, prepared.scratch_bytes);
  return prepared.leaves_relu;
}

}  // namespace deepobs
