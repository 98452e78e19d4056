#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/device_info.h"
#include "engine/graph/op.h"
#include "engine/run/executor.h"

namespace deepobs {

/// What one replay is made of, on a device that captures it as a graph.
struct CapturedStep {
  std::int64_t launches = 0;     ///< nodes of the graph: kernels, copies and fills, the one that sets the step included
  std::int64_t in_a_row = 0;     ///< the longest chain of them, each of which waits for the one before
  std::int64_t edges = 0;        ///< of the graph: one node waits for another
  std::int64_t early_edges = 0;  ///< those of them that let the later node begin before the earlier one has ended
};

/// The resolved calls of a program, ready to be run again and again.
class Replay {
 public:
  virtual ~Replay() = default;
  virtual void run(const StepBlock& step) = 0;
  /// `count` replays in a row; `step` and `batch` count up from those of `first`. A device that works by itself takes
  /// them over at once and returns before they are done.
  virtual void run_several(const StepBlock& first, std::int64_t count);
  /// run(), but stops behind the first node for which `keep_going(node index)` is false. For diagnosis: it waits after
  /// every node.
  virtual void run_watched(const StepBlock& step, const std::function<bool(std::size_t)>& keep_going) = 0;
  /// Seconds of each call alone, many times in a row, by the device's clock; none on a device that captures no steps.
  /// It runs them on what lies in memory, in order, so that operands are those of a step, but for calls that change
  /// their own: those go on from what they made.
  virtual std::vector<double> call_seconds(const StepBlock& /*step*/) { return {}; }
  /// What a replay is made of; nothing on a device that captures none. Runs nothing.
  virtual std::optional<CapturedStep> captured_step() { return std::nullopt; }
};

/// Memory and a queue of work. Nothing outside a device's own files and the bodies of ops may assume that its memory
/// can be read by the host. A device serves one program at a time; several devices may live in one process.
///
/// Memory of a device can be read by the programs of all devices of the same kind and place (all CPU devices of the
/// process), also by several at the same time, as long as nobody writes it: runs at once share a data set so.
class Device {
 public:
  virtual ~Device() = default;
  virtual DeviceInfo info() const = 0;

  /// 64-byte aligned memory, given back by release() with the same number of bytes. Errors: Fault::memory, with the
  /// bytes asked for.
  virtual void* allocate(std::int64_t bytes) = 0;
  virtual void release(void* memory, std::int64_t bytes) noexcept = 0;
  virtual void copy_in(void* to, const void* from_host, std::int64_t bytes) = 0;
  virtual void copy_out(void* to_host, const void* from, std::int64_t bytes) = 0;
  virtual void copy(void* to, const void* from, std::int64_t bytes) = 0;

  /// The same memory where the host can read it as it stands; null where copy_out() alone reaches it.
  virtual const void* on_host(const void* /*memory*/) const { return nullptr; }

  /// Returns when everything that was asked of it is done. For clocks, and before another device writes memory that its
  /// steps read; copies of its own wait by themselves.
  virtual void wait() {}

  /// How many steps of a program the host should ask for at once, if it has no reason to look in between.
  virtual std::int64_t steps_at_once() const { return 1; }

  /// Makes calls replayable: finds the body of each op for this device and whatever the device prepares once.
  struct Resolved {
    const Op* op;
    std::vector<View> in, out;
    const void* attributes;
  };
  virtual std::unique_ptr<Replay> prepare(std::vector<Resolved> calls) = 0;
};

/// ThreadSanitizer does not see how oneTBB synchronises and would report races that are none.
#if defined(__SANITIZE_THREAD__)
constexpr bool tbb_is_default = false;
#else
constexpr bool tbb_is_default = true;
#endif

struct CpuOptions {
  int threads = 0;                ///< 0: every core this process may use
  bool use_tbb = tbb_is_default;  ///< false: plain std::thread workers
  Isa isa = best_isa();           ///< errors: one that the machine lacks
};

std::unique_ptr<Device> cpu_device(const CpuOptions& options = {});

/// Memory of a device, given back at the end of its life.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  DeviceMemory(Device& device, std::int64_t bytes)
      : device_(&device), data_(bytes > 0 ? device.allocate(bytes) : nullptr), bytes_(bytes) {}
  DeviceMemory(DeviceMemory&& other) noexcept
      : device_(other.device_), data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  DeviceMemory& operator=(DeviceMemory&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~DeviceMemory() {
    if (data_) device_->release(data_, bytes_);
  }

  void* data() const { return data_; }
  std::int64_t bytes() const { return bytes_; }

 private:
  Device* device_ = nullptr;
  void* data_ = nullptr;
  std::int64_t bytes_ = 0;
};

}  // namespace deepobs
