#include <cublasLt.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tests/cuda_emulation/numbers.h"
#include "tests/cuda_emulation/runtime.h"

// Products of cuBLASLt by their definition, as its documentation gives it: D = epilogue(alpha op(A) op(B)), columns
// first, one or a strided batch of them. There are three "algorithms", which do the same, the second as fast as the
// first but for 2 %, the last one faster by 10 %, and its relu makes a zero of a NaN. A batch of four takes half the
// time. A fourth one is offered and cannot be run.

namespace {

using deepobs_emulation::Numbers;

struct Operation {
  cublasOperation_t a = CUBLAS_OP_N, b = CUBLAS_OP_N;
  cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  const void* bias = nullptr;
};

struct Matrix {
  std::int64_t rows, columns, leading;
  bool narrow;  // bf16, else float
  std::int32_t count = 1;
  std::int64_t stride = 0;
};

/// What the caller promises: bytes of A, B, C and D.
struct Preference {
  std::uint32_t alignment[4] = {256, 256, 256, 256};
  std::uint64_t workspace = 0;
  std::uint32_t reductions = CUBLASLT_REDUCTION_SCHEME_MASK;
};

template <class T>
T& as(void* opaque) {
  return *static_cast<T*>(opaque);
}
template <class T>
const T& as(const void* opaque) {
  return *static_cast<const T*>(opaque);
}

constexpr int algorithms = 3, offered = 4;
constexpr std::size_t workspace_needed = 4096;

bool has_bias(cublasLtEpilogue_t epilogue) {
  return epilogue == CUBLASLT_EPILOGUE_BIAS || epilogue == CUBLASLT_EPILOGUE_RELU_BIAS;
}
bool has_relu(cublasLtEpilogue_t epilogue) {
  return epilogue == CUBLASLT_EPILOGUE_RELU || epilogue == CUBLASLT_EPILOGUE_RELU_BIAS;
}

/// The bit of deepobs_emulate("products") without which it is not offered.
long kind_of(const Operation& operation, const Matrix& result) {
  if (result.count > 1) return 4L * result.count;  // 2, 4, 8, 16 parts: 8, 16, 32, 64
  return has_relu(operation.epilogue) ? 4 : has_bias(operation.epilogue) ? 2 : 1;
}

/// Whether the shapes, types and batches go together.
bool fit(const Operation& operation, const Matrix& left, const Matrix& right, const Matrix& in, const Matrix& out) {
  const std::int64_t k = operation.a == CUBLAS_OP_N ? left.columns : left.rows;
  const bool bias_fits = !has_bias(operation.epilogue) || (operation.bias != nullptr && out.count == 1);
  return (operation.a == CUBLAS_OP_N ? left.rows : left.columns) == out.rows &&
         (operation.b == CUBLAS_OP_N ? right.columns : right.rows) == out.columns &&
         (operation.b == CUBLAS_OP_N ? right.rows : right.columns) == k && left.narrow == right.narrow &&
         (!out.narrow || left.narrow) && left.count == out.count && right.count == out.count && in.rows == out.rows &&
         in.columns == out.columns && in.leading == out.leading && in.narrow == out.narrow && in.count == out.count &&
         in.stride == out.stride && bias_fits && (out.count == 1 || out.stride >= out.leading * out.columns);
}

/// Whether every matrix lies as was promised.
bool aligned(const void* data, const Matrix& matrix, std::uint64_t promised) {
  const auto size = static_cast<std::uint64_t>(matrix.narrow ? 2 : 4);
  return reinterpret_cast<std::uintptr_t>(data) % promised == 0 &&
         (matrix.count == 1 || static_cast<std::uint64_t>(matrix.stride) * size % promised == 0);
}

}  // namespace

extern "C" {

size_t cublasLtGetVersion() { return 130000; }

cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  deepobs_emulation::refuse_while_others_capture("cublasLtCreate");
  *handle = reinterpret_cast<cublasLtHandle_t>(new int(0));
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) {
  deepobs_emulation::refuse_while_others_capture("cublasLtDestroy");
  delete reinterpret_cast<int*>(handle);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* made, cublasComputeType_t compute, cudaDataType_t) {
  if (compute != CUBLAS_COMPUTE_32F && compute != CUBLAS_COMPUTE_32F_FAST_TF32) return CUBLAS_STATUS_NOT_SUPPORTED;
  *made = reinterpret_cast<cublasLtMatmulDesc_t>(new Operation);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t object) {
  delete reinterpret_cast<Operation*>(object);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t object, cublasLtMatmulDescAttributes_t attribute,
                                              const void* value, size_t bytes) {
  auto& operation = as<Operation>(object);
  const auto take = [&](auto& into) {
    if (bytes != sizeof into) return CUBLAS_STATUS_INVALID_VALUE;
    std::memcpy(&into, value, bytes);
    return CUBLAS_STATUS_SUCCESS;
  };
  switch (attribute) {
    case CUBLASLT_MATMUL_DESC_TRANSA:
      return take(operation.a);
    case CUBLASLT_MATMUL_DESC_TRANSB:
      return take(operation.b);
    case CUBLASLT_MATMUL_DESC_EPILOGUE:
      return take(operation.epilogue);
    case CUBLASLT_MATMUL_DESC_BIAS_POINTER:
      return take(operation.bias);
    default:
      return CUBLAS_STATUS_NOT_SUPPORTED;
  }
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* made, cudaDataType type, uint64_t rows,
                                          uint64_t columns, int64_t leading) {
  if ((type != CUDA_R_32F && type != CUDA_R_16BF) || leading < static_cast<int64_t>(rows))
    return CUBLAS_STATUS_INVALID_VALUE;
  *made = reinterpret_cast<cublasLtMatrixLayout_t>(
      new Matrix{static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns), leading, type == CUDA_R_16BF});
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t object) {
  delete reinterpret_cast<Matrix*>(object);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t object,
                                                cublasLtMatrixLayoutAttribute_t attribute, const void* value,
                                                size_t bytes) {
  auto& matrix = as<Matrix>(object);
  const auto take = [&](auto& into) {
    if (bytes != sizeof into) return CUBLAS_STATUS_INVALID_VALUE;
    std::memcpy(&into, value, bytes);
    return CUBLAS_STATUS_SUCCESS;
  };
  if (attribute == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT) return take(matrix.count);
  if (attribute == CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET) return take(matrix.stride);
  return CUBLAS_STATUS_NOT_SUPPORTED;
}

cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* made) {
  *made = reinterpret_cast<cublasLtMatmulPreference_t>(new Preference);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t object) {
  delete reinterpret_cast<Preference*>(object);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t object,
                                                    cublasLtMatmulPreferenceAttributes_t attribute, const void* value,
                                                    size_t bytes) {
  auto& preference = as<Preference>(object);
  const auto take = [&](auto& into) {
    if (bytes != sizeof into) return CUBLAS_STATUS_INVALID_VALUE;
    std::memcpy(&into, value, bytes);
    return CUBLAS_STATUS_SUCCESS;
  };
  switch (attribute) {
    case CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES:
      return take(preference.workspace);
    case CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK:
      return take(preference.reductions);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES:
      return take(preference.alignment[0]);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES:
      return take(preference.alignment[1]);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES:
      return take(preference.alignment[2]);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES:
      return take(preference.alignment[3]);
    default:
      return CUBLAS_STATUS_NOT_SUPPORTED;
  }
}

/// An algorithm's first word is its number; the second has the alignments that it relies on, a byte each; the third is
/// how many bytes of workspace it needs beyond the usual.
cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t operation_in,
                                              cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                              cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                              cublasLtMatmulPreference_t preference_in, int wanted,
                                              cublasLtMatmulHeuristicResult_t* results, int* count) {
  const auto& operation = as<Operation>(operation_in);
  const auto& preference = as<Preference>(preference_in);
  *count = 0;
  // Others are not the same at every call, or cannot be.
  if (preference.reductions != CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE || preference.workspace < workspace_needed ||
      !fit(operation, as<Matrix>(a), as<Matrix>(b), as<Matrix>(c), as<Matrix>(d)))
    return CUBLAS_STATUS_INVALID_VALUE;
  if ((deepobs_emulation::offered_products() & kind_of(operation, as<Matrix>(d))) == 0)
    return CUBLAS_STATUS_NOT_SUPPORTED;
  std::uint64_t promised = 0;
  for (const auto each : preference.alignment) promised = promised << 8 | (each < 128 ? each : 128);
  for (; *count < wanted && *count < offered; ++*count) {
    results[*count] = {};
    results[*count].algo.data[0] = static_cast<uint64_t>(*count) + 1;
    results[*count].algo.data[1] = promised;
    results[*count].workspaceSize = workspace_needed;
  }
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulAlgoCheck(cublasLtHandle_t, cublasLtMatmulDesc_t operation, cublasLtMatrixLayout_t a,
                                       cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                       const cublasLtMatmulAlgo_t* algorithm, cublasLtMatmulHeuristicResult_t* result) {
  result->workspaceSize = workspace_needed + algorithm->data[2];
  return algorithm->data[0] >= 1 && algorithm->data[0] <= offered &&
                 fit(as<Operation>(operation), as<Matrix>(a), as<Matrix>(b), as<Matrix>(c), as<Matrix>(d))
             ? CUBLAS_STATUS_SUCCESS
             : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t operation_in, const void* alpha, const void* a,
                              cublasLtMatrixLayout_t a_in, const void* b, cublasLtMatrixLayout_t b_in, const void* beta,
                              const void* c, cublasLtMatrixLayout_t c_in, void* d, cublasLtMatrixLayout_t d_in,
                              const cublasLtMatmulAlgo_t* algorithm, void* workspace, size_t workspace_bytes,
                              cudaStream_t stream) {
  const auto operation = as<Operation>(operation_in);
  const auto left = as<Matrix>(a_in), right = as<Matrix>(b_in), result = as<Matrix>(d_in);
  if (!fit(operation, left, right, as<Matrix>(c_in), result) || c != d || algorithm->data[0] < 1 ||
      algorithm->data[0] > algorithms || as<float>(alpha) != 1.f || as<float>(beta) != 0.f ||
      workspace_bytes < workspace_needed || workspace == nullptr)
    return CUBLAS_STATUS_INVALID_VALUE;
  const std::uint64_t promised = algorithm->data[1] != 0 ? algorithm->data[1] : 0x04040404;
  if (!aligned(a, left, promised >> 24 & 0xFF) || !aligned(b, right, promised >> 16 & 0xFF) ||
      !aligned(d, result, promised & 0xFF) || reinterpret_cast<std::uintptr_t>(workspace) % 256 != 0)
    return CUBLAS_STATUS_INVALID_VALUE;
  const std::int64_t m = result.rows, n = result.columns;
  const std::int64_t k = operation.a == CUBLAS_OP_N ? left.columns : left.rows;
  const bool loses_nan = algorithm->data[0] == algorithms;
  const auto one = [=](const Numbers& x, const Numbers& y, const Numbers& to) {
    const Numbers bias(operation.bias, result.narrow);
    const bool add_bias = has_bias(operation.epilogue), relu = has_relu(operation.epilogue);
    std::vector<double> column(static_cast<std::size_t>(m));
    for (std::int64_t j = 0; j < n; ++j) {
      const auto factor = [&](std::int64_t p) -> double {
        return static_cast<double>(operation.b == CUBLAS_OP_N ? y[p + j * right.leading] : y[j + p * right.leading]);
      };
      std::fill(column.begin(), column.end(), 0.);
      if (operation.a == CUBLAS_OP_N) {  // either way along the memory of A
        for (std::int64_t p = 0; p < k; ++p)
          for (std::int64_t i = 0; i < m; ++i)
            column[static_cast<std::size_t>(i)] += factor(p) * static_cast<double>(x[i + p * left.leading]);
      } else {
        for (std::int64_t i = 0; i < m; ++i)
          for (std::int64_t p = 0; p < k; ++p)
            column[static_cast<std::size_t>(i)] += factor(p) * static_cast<double>(x[p + i * left.leading]);
      }
      for (std::int64_t i = 0; i < m; ++i) {
        auto value = static_cast<float>(column[static_cast<std::size_t>(i)]);
        if (add_bias) value += bias[i];
        if (relu) value = loses_nan ? std::fmax(value, 0.f) : value < 0.f ? 0.f : value;
        to.set(i + j * result.leading, value);
      }
    }
  };
  const auto work = [=] {
    std::memset(workspace, 0xFF, workspace_bytes);
    const auto part = [](const void* all, const Matrix& matrix, std::int64_t p) {
      return Numbers(static_cast<const std::byte*>(all) + p * matrix.stride * (matrix.narrow ? 2 : 4), matrix.narrow);
    };
    for (std::int64_t p = 0; p < result.count; ++p) one(part(a, left, p), part(b, right, p), part(d, result, p));
  };
  constexpr double share[algorithms] = {1., 0.98, 0.9};
  const double faster = share[algorithm->data[0] - 1] * (result.count == 4 ? 0.5 : 1.);
  deepobs_emulation::enqueue(stream, work, faster * (10 + static_cast<double>(m * n * k * result.count) / 50));
  return CUBLAS_STATUS_SUCCESS;
}

}  // extern "C"
