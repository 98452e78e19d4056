#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/run/executor.h"
#include "engine/tensor/view.h"

namespace deepobs {

struct Cost;
struct CudaPrepared;
struct CudaQueue;
struct Node;
class Gradients;

/// The numbers that change from one replay to the next. They lie in the device's memory beside the program, so a new
/// learning rate changes no program.
struct StepBlock {
  std::uint64_t seed = 0;  ///< key of every random number of the run
  std::int64_t step = 0;   ///< replays of this program before this one; an optimizer's t is step + 1
  std::int64_t batch = 0;  ///< position of the mini-batch in its epoch: which rows, which place in the log
  double learning_rate = 0.;
  double base_learning_rate = 0.;  ///< of the run, before its schedule; 0: not known
  std::int64_t total_steps = 0;    ///< that the run will have; 0: not known
  bool operator==(const StepBlock&) const = default;
};

/// What a body gets at each replay: its operands, its attributes, the step, and the threads to work with. On a GPU the
/// body runs once, when the replay is made, and all pointers to data and to the step point into the GPU's memory.
struct Call {
  std::span<const View> in, out;
  const void* attributes = nullptr;
  const StepBlock* step = nullptr;
  Executor* executor = nullptr;  ///< on a CPU: where its parallel loops run

  template <class T>
  const T& as() const {
    return *static_cast<const T*>(attributes);
  }
};

/// Computes an op's outputs. Writes every element of them; never allocates, waits, prints, or keeps state.
using Body = void (*)(const Call&);

/// A body for a GPU, and what prepares it once for a node (engine/cuda/queue.h).
using CudaBody = void (*)(const Call& call, CudaQueue& queue);
using CudaPrepare = CudaPrepared* (*)(const Call& call, CudaQueue& queue);

/// The instruction sets that a CPU body is compiled for. A device uses the best that its machine has, or what it is
/// told.
enum class Isa : std::uint8_t { portable, avx2, avx512 };
constexpr int isa_count = 3;
std::string_view name_of(Isa isa);

/// The best instruction set of this machine that the library was compiled for.
Isa best_isa();

/// One body for all instruction sets: of an op that is compiled once, for any machine.
constexpr std::array<Body, isa_count> any_isa(Body body) { return {body, body, body}; }

/// Which operands and outputs of an op may be bf16 numbers where a graph computes in mixed precision: a bit each, the
/// lowest for the first. Of its body for a GPU; a CPU's knows f32 alone.
struct Bf16Use {
  std::uint32_t needs = 0;        ///< operands that have to be: factors of products
  std::uint32_t reads = 0;        ///< operands that may be
  std::uint32_t like_output = 0;  ///< operands that have to be where output 0 is
  std::uint32_t writes = 0;       ///< outputs that may be
};

/// What an op takes as an operand.
struct Operand {
  std::string_view name;  ///< "labels": for messages
  Type type = Type::f32;
  /// Its whole numbers are at least 0 and below this. Null: any will do.
  std::int64_t (*limit)(const Node&) = nullptr;
};

/// One kind of computation. Everything about it stands in its stem in kernels/, or in the program that brings it;
/// no list of ops is kept.
struct Op {
  std::string_view name;

  /// Its operands in order; those behind the last one are as that one is. Empty: all are f32. Graph::record() refuses
  /// others, so a body needs no check. (A view, whose output is its input, takes any type.)
  std::span<const Operand> operands = {};

  /// CPU bodies by Isa. All null: the op computes nothing, its output is its first input, or a part of it that lies in
  /// one piece (Graph::Output::offset), under another shape.
  std::array<Body, isa_count> cpu{};

  /// Its body for a GPU and, where there is one, what prepares it: of a program's own op. Null, as of all ops of
  /// kernels/: both are found by the op's name in libdeepobs_cuda.so (engine/run/cuda_interface.h).
  CudaBody cuda = nullptr;
  CudaPrepare cuda_prepare = nullptr;

  /// Records the contributions of this node to the gradients of its inputs. Null: nothing can be differentiated here.
  void (*gradient)(const Node&, Gradients&) = nullptr;

  /// The planner may let output 0 lie on this input when nobody needs the input afterwards; -1: never.
  int in_place_input = -1;

  /// Operands that it overwrites, a bit each, the lowest for the first: places in buffers. An op without output has
  /// some.
  std::uint32_t changes = 0;

  /// Outputs that are nothing but memory its CPU bodies work in: nobody reads them, and a body for a GPU does not know
  /// them.
  std::uint32_t scratch = 0;

  /// Of an op that makes a gradient in output 0: the one that makes it piece by piece and updates the parameter by each
  /// piece, so that the gradient never travels through memory. Null: there is none.
  const Op* updating = nullptr;

  /// What a node has to do at least (engine/graph/cost.h). Null: the bytes of its operands and results are all that is
  /// known.
  Cost (*cost)(const Node&) = nullptr;

  /// Mini-batches that a node can be replayed for: StepBlock::batch must be below it. Null: any number.
  std::int64_t (*batches)(const Node&) = nullptr;

  Bf16Use bf16 = {};  ///< nothing: in mixed precision, too, all that it touches is f32

  Operand operand(std::size_t i) const {
    return operands.empty() ? Operand{} : operands[i < operands.size() ? i : operands.size() - 1];
  }
  bool is_alias() const { return cpu[0] == nullptr; }
  bool changes_operand(std::size_t i) const { return has_bit(changes, i); }
  bool is_scratch(std::size_t output) const { return has_bit(scratch, output); }

  /// Whether a mask of operands or outputs names number i.
  static constexpr bool has_bit(std::uint32_t mask, std::size_t i) { return i < 32 && (mask >> i & 1u) != 0; }
};

}  // namespace deepobs
