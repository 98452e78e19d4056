#pragma once

#include <functional>

struct CUstream_st;

namespace deepobs_emulation {

/// Does `work` now, or makes it a node of the graph that the stream captures.
void enqueue(CUstream_st* stream, std::function<void()> work);

/// The same for work of a library's handle, which must not do two things at the same time. The process ends, with a
/// message, where a graph is made that would.
void enqueue_for(const void* handle, CUstream_st* stream, std::function<void()> work);

/// Ends the process, with a message, if another thread captures a graph: `what` may stop the whole GPU.
void refuse_while_others_capture(const char* what);

/// What was set as "convolutions".
long emulated_convolutions();

/// A grid's blocks, one after the other.
void run_grid(unsigned blocks, unsigned blocks_y, unsigned threads, unsigned shared,
              const std::function<void()>& thread);

}  // namespace deepobs_emulation

/// For tests: changes the machine. "gpus", how many there are; "driver", its version as CUDA counts, 0 for none;
/// "memory", bytes of a GPU; "order", 0 for the order of recording, 1 for one far from it; "convolutions", what cuDNN
/// offers (offered.h). Returns what it was.
extern "C" long deepobs_emulate(const char* what, long value);
