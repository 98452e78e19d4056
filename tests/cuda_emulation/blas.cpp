#include <cublasLt.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tests/cuda_emulation/numbers.h"
#include "tests/cuda_emulation/runtime.h"

// Products of cuBLASLt by their definition, as its documentation gives it: D = epilogue(alpha op(A) op(B)), columns
// first. There are three "algorithms", which do the same; the last one's relu makes a zero of a NaN.

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
};

template <class T>
T& as(void* opaque) {
  return *static_cast<T*>(opaque);
}
template <class T>
const T& as(const void* opaque) {
  return *static_cast<const T*>(opaque);
}

constexpr int algorithms = 3;

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

cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* made) {
  *made = reinterpret_cast<cublasLtMatmulPreference_t>(new int(0));
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t object) {
  delete reinterpret_cast<int*>(object);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t,
                                                    cublasLtMatmulPreferenceAttributes_t attribute, const void*,
                                                    size_t bytes) {
  const bool is_long = attribute == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES;
  return bytes == (is_long ? 8 : 4) ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t, cublasLtMatrixLayout_t,
                                              cublasLtMatrixLayout_t, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                                              cublasLtMatmulPreference_t, int wanted,
                                              cublasLtMatmulHeuristicResult_t* results, int* count) {
  for (*count = 0; *count < wanted && *count < algorithms; ++*count) {
    results[*count] = {};
    results[*count].algo.data[0] = static_cast<uint64_t>(*count) + 1;
    results[*count].workspaceSize = 4096;
  }
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulAlgoCheck(cublasLtHandle_t, cublasLtMatmulDesc_t, cublasLtMatrixLayout_t,
                                       cublasLtMatrixLayout_t, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                                       const cublasLtMatmulAlgo_t* algorithm, cublasLtMatmulHeuristicResult_t* result) {
  result->workspaceSize = 4096;
  return algorithm->data[0] >= 1 && algorithm->data[0] <= algorithms ? CUBLAS_STATUS_SUCCESS
                                                                     : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t operation_in, const void* alpha, const void* a,
                              cublasLtMatrixLayout_t a_in, const void* b, cublasLtMatrixLayout_t b_in, const void* beta,
                              const void*, cublasLtMatrixLayout_t, void* d, cublasLtMatrixLayout_t d_in,
                              const cublasLtMatmulAlgo_t* algorithm, void* workspace, size_t workspace_bytes,
                              cudaStream_t stream) {
  const auto operation = as<Operation>(operation_in);
  const auto left = as<Matrix>(a_in), right = as<Matrix>(b_in), result = as<Matrix>(d_in);
  const std::int64_t m = result.rows, n = result.columns;
  const std::int64_t k = operation.a == CUBLAS_OP_N ? left.columns : left.rows;
  if ((operation.a == CUBLAS_OP_N ? left.rows : left.columns) != m ||
      (operation.b == CUBLAS_OP_N ? right.columns : right.rows) != n ||
      (operation.b == CUBLAS_OP_N ? right.rows : right.columns) != k || as<float>(alpha) != 1.f ||
      left.narrow != right.narrow || (result.narrow && !left.narrow) || as<float>(beta) != 0.f ||
      workspace_bytes < 4096 || workspace == nullptr)
    return CUBLAS_STATUS_INVALID_VALUE;
  for (const void* each : {a, b, static_cast<const void*>(d)})
    if (reinterpret_cast<std::uintptr_t>(each) % 64 != 0) return CUBLAS_STATUS_INVALID_VALUE;
  const bool loses_nan = algorithm->data[0] == algorithms;
  deepobs_emulation::enqueue(stream, [=] {
    std::memset(workspace, 0xFF, workspace_bytes);
    const Numbers x(a, left.narrow), y(b, right.narrow), to(d, result.narrow), bias(operation.bias, result.narrow);
    const bool has_bias =
        operation.epilogue == CUBLASLT_EPILOGUE_BIAS || operation.epilogue == CUBLASLT_EPILOGUE_RELU_BIAS;
    const bool relu = operation.epilogue == CUBLASLT_EPILOGUE_RELU || operation.epilogue == CUBLASLT_EPILOGUE_RELU_BIAS;
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
        if (has_bias) value += bias[i];
        if (relu) value = loses_nan ? std::fmax(value, 0.f) : value < 0.f ? 0.f : value;
        to.set(i + j * result.leading, value);
      }
    }
  });
  return CUBLAS_STATUS_SUCCESS;
}

}  // extern "C"
