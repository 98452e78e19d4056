#pragma once

#include <functional>

struct CUstream_st;

namespace deepobs_emulation {

/// Does `work` now, or makes it a node of the graph that the stream captures. `microseconds` is what it takes on the
/// emulated GPU's clock, which events read: so what is measured, and chosen by it, is the same at every run. What is
/// not said otherwise takes long enough to be measured by one call, as it may take seconds here.
void enqueue(CUstream_st* stream, std::function<void()> work, double microseconds = 4000);

/// The kinds of products that cuBLASLt has algorithms for: deepobs_emulate("products").
long offered_products();

/// The same for work of a library's handle, which must not do two things at the same time. The process ends, with a
/// message, where a graph is made that would.
void enqueue_for(const void* handle, CUstream_st* stream, std::function<void()> work, double microseconds = 4000);

/// Ends the process, with a message, if another thread captures a graph: `what` may stop the whole GPU.
void refuse_while_others_capture(const char* what);

/// What was set as "convolutions".
long emulated_convolutions();

/// A grid's blocks, one after the other: from the first or from the last.
void run_grid(unsigned blocks, unsigned blocks_y, unsigned threads, unsigned shared,
              const std::function<void()>& thread);

}  // namespace deepobs_emulation

/// For tests: changes the machine. "gpus", how many there are; "driver", its version as CUDA counts, 0 for none;
/// "memory", bytes of a GPU; "order", 0 for the order of recording, 1 for one far from it; "allocations", how many
/// there were; "products", the sum of what cuBLASLt has algorithms for: 1 without epilogue, 2 with a bias, 4 with a
/// relu, 8, 16, 32, 64 for batches of 2, 4, 8 and 16 (a GPU that has not all has another name, as other choices are
/// made for it); "convolutions", what cuDNN offers (offered.h). Returns what it was.
extern "C" long deepobs_emulate(const char* what, long value);
