#pragma once

/// Marks a function that a GPU may call too, in headers whose loops both devices share. It means something only where
/// the file is compiled as CUDA.
#if defined(__CUDACC__)
#define DEEPOBS_HOST_DEVICE __host__ __device__
#else
#define DEEPOBS_HOST_DEVICE
#endif

/// Whether this file is compiled for libdeepobs_cuda.so, by a CUDA compiler or by one that emulates it.
#if defined(__CUDACC__) || defined(DEEPOBS_CUDA_EMULATION)
#define DEEPOBS_FOR_GPU 1
#endif
