#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/memory/plan.h"
#include "engine/memory/storage.h"
#include "engine/run/device.h"
#include "engine/run/program.h"
#include "engine/tensor/precision.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {

// The half of the harness that runs the op: operands, the recorded graph, and its replay on one device.

/// The operands as float32 numbers, and the weights of the outputs.
struct OpOperands {
  std::vector<DoubleTensor> in;
  bool integers;  ///< whole numbers in [-4, 4] in place of what the case says
  bool narrow;    ///< what the case says, rounded to bf16

  explicit OpOperands(const OpCase& op_case, bool as_integers = false, bool as_bf16 = false);
  std::vector<float> weights(std::int64_t count) const;

 private:
  float rounded(double number) const;
};

enum class Recording : std::uint8_t {
  direct,  ///< the op's operands are the parameters themselves
  staged,  ///< they are copies
};

/// The op and, if anything is to be differentiated, the weighted sum of its output and the gradient.
class RecordedOp {
 public:
  /// `for_gpu`: as a run's graphs are recorded for one. In bf16 the output is copied too, so that it may be narrow.
  RecordedOp(const OpCase& op_case, Recording recording, std::optional<Precision> for_gpu = {});

  Store store;
  Graph graph{store};
  std::vector<int> parameter_of, buffer_of;  ///< by input; -1: it is the other
  int weights = -1;                          ///< the buffer of them
  Value y;

  bool differentiates() const { return weights >= 0; }

 private:
  Value record_input(const OpInput& input, std::size_t k, Recording recording);
};

/// What one replay left behind.
struct OpResult {
  std::vector<float> y;
  std::vector<std::vector<float>> gradients;  ///< by input; empty where there is none

  bool same_bits(const OpResult& other) const;
  bool is_finite() const;
};

/// The recorded op on one device under one plan.
class OpReplay {
 public:
  OpReplay(const OpCase& op_case, const RecordedOp& recorded, const OpOperands& operands,
           std::unique_ptr<Device> device, const PlanOptions& plan);

  /// Replays over memory full of NaN, over zeros, and over what the second replay left. What is wrong goes to `wrong`.
  OpResult run(std::vector<std::string>& wrong);

 private:
  void write_input(const DoubleTensor& tensor, std::size_t k);
  OpResult replay(std::uint8_t byte, std::vector<std::string>& wrong);
  bool gaps_hold(std::uint8_t byte) const;
  std::vector<std::vector<std::byte>> operand_bytes() const;
  OpResult read() const;

  const OpCase& case_;
  const RecordedOp& recorded_;
  Plan plan_;
  std::unique_ptr<Device> device_;
  Storage storage_;
  Program program_;
};

}  // namespace deepobs
