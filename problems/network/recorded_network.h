#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/update/step_programs.h"
#include "problems/network/network.h"

namespace deepobs {

/// What a network is recorded for.
enum class NetworkUse {
  train,          ///< loss, gradients, and a step of the optimizer
  differentiate,  ///< loss and gradients
  evaluate,
  infer
};
std::string_view name_of(NetworkUse use);

/// What a network is recorded with, beside its description.
struct NetworkSite {
  NetworkUse use;
  std::int64_t batch;
  const DeviceInfo& device;
  const Hyperparameters& hyperparameters;  ///< of the description's optimizer
  int parameters;                          ///< of evaluation and inference: the buffer where they stand
};

/// A network recorded, planned and bound to memory, for mini-batches of one size and one use.
class RecordedNetwork {
 public:
  /// Declares in `store` what it needs. Errors: those of Network; a parameter that the first recording did not have.
  RecordedNetwork(Store& store, const NetworkDescription& description, const NetworkSite& site);

  /// Binds it to the memory of a run, once; everything that it declared must have memory there.
  void bind(Storage& storage);

  /// Writes the inputs and replays. Errors: those of Network::differentiate() that are not of the number of examples.
  void run(const Network::Numbers& numbers, const StepBlock& step);

  /// The buffer [1] of the loss, which outlives what else is replayed; -1: there is none.
  int loss() const { return loss_; }

  /// What the optimizer's method has beside the graph; of training.
  const MethodGraphs& method() const { return step_.method; }

  /// Makes the parameters that evaluations see, of a method that has such; of training.
  void renew_evaluated(const StepBlock& step) { programs_->renew_evaluated(step); }

  const std::vector<std::pair<std::string, Value>>& outputs() const { return outputs_; }
  std::vector<float> output(std::string_view name);

 private:
  struct Input {
    std::string name;
    Value value;
    bool read = false;            ///< some node of this use depends on it
    std::int64_t limit = 0;       ///< its whole numbers must be below; 0: any will do
    std::string limited_by = {};  ///< the node that says so
  };
  using Record = std::function<NetworkValues()>;
  void record_loss(const NetworkDescription& description, const NetworkSite& site, Value loss, const Record& record);
  void declare_inputs(const NetworkDescription& description);
  void find_reads();
  void check_numbers(const Input& input, const NamedNumbers& given) const;

  NetworkUse use_;
  std::int64_t batch_;
  PlannedStep step_;
  std::vector<Input> inputs_;
  int loss_ = -1;  ///< -1: there is none
  std::vector<std::pair<std::string, Value>> outputs_;
  Storage* storage_ = nullptr;
  std::optional<StepPrograms> programs_;
};

}  // namespace deepobs
