#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/update/method_graphs.h"
#include "kernels/update/update_scope.h"

namespace deepobs {

/// A method while it is recorded: what the parts of its step have in common.
struct MethodRecording {
  MethodRecording(Graph& graph, const Optimizer& of, const Hyperparameters& hyperparameters, const Method& method,
                  const MethodSite& site, Place at);
  MethodRecording(const MethodRecording&) = delete;  // its scope leads back to it
  MethodRecording& operator=(const MethodRecording&) = delete;

  MethodGraphs graphs();

  /// A state's place in the graph that is being recorded.
  Value state(const std::string& name, const Shape& shape, const InitialState& initial, const Store::Parameter* of);
  UpdateSite site_of(std::size_t rule, UpdateCut cut) const;
  void section(std::function<bool(std::int64_t)> due, const std::function<void(UpdateScope&)>& record);
  void assign(Value place, Value value, Place where);
  UpdateScope::Evaluated evaluate_again();

  std::string described() const { return text(optimizer.name, " at ", to_string(at)); }
  bool in_main() const { return scope.graph_ == &main; }

  Graph& main;
  Store& store;
  const Optimizer& optimizer;
  const Hyperparameters& hyperparameters;
  const Method& method;
  const MethodSite& site;
  Place at;
  std::size_t begin;  ///< the node of the main graph with which the method begins
  bool in_section = false, in_evaluation = false;
  UpdateScope scope;
  MethodGraphs made;
  std::vector<Value> assigned;        ///< places, in whatever graph
  std::vector<std::int64_t> updated;  ///< offsets of the parameters that elementwise rules update
  std::vector<std::string> carried;   ///< scalars that a rule has
  std::vector<int> begun;             ///< buffers of states that begin with a parameter's values
  std::vector<int> filled;            ///< and of those that begin with numbers

 private:
  void record_for_host();
  void check_not_lost(Value place, Place where) const;
};

}  // namespace deepobs
