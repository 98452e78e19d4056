#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/run/program.h"
#include "problems/network/network.h"

namespace deepobs {

/// What a network is recorded for.
enum class NetworkUse { differentiate, evaluate, infer };
std::string_view name_of(NetworkUse use);

/// A network recorded, planned and bound to memory, for mini-batches of one size and one use.
class RecordedNetwork {
 public:
  /// Declares in `store` what it needs. Errors: those of Network; a parameter that the first recording did not have.
  RecordedNetwork(Store& store, const NetworkDescription& description, NetworkUse use, std::int64_t batch,
                  const DeviceInfo& device);

  /// Binds it to the memory of a run, once; everything that it declared must have memory there.
  void bind(Storage& storage);

  /// Writes the inputs and replays. Errors: those of Network::differentiate() that are not of the number of examples.
  void run(const Network::Numbers& numbers, const StepBlock& step);

  bool has_loss() const { return has_loss_; }
  float loss() const;
  const std::vector<std::pair<std::string, Value>>& outputs() const { return outputs_; }
  std::vector<float> output(std::string_view name) const;

 private:
  struct Input {
    std::string name;
    Value value;
    bool read = false;            ///< some node of this use depends on it
    std::int64_t limit = 0;       ///< its whole numbers must be below; 0: any will do
    std::string limited_by = {};  ///< the node that says so
  };
  void declare_inputs(const NetworkDescription& description);
  void find_reads();
  void check_numbers(const Input& input, const NamedNumbers& given) const;
  std::vector<float> read(Value value) const;

  NetworkUse use_;
  std::int64_t batch_;
  Graph graph_;
  Plan plan_;
  std::vector<Input> inputs_;
  Value loss_;
  bool has_loss_ = false;
  std::vector<std::pair<std::string, Value>> outputs_;
  Storage* storage_ = nullptr;
  std::unique_ptr<Program> program_;
};

}  // namespace deepobs
