#pragma once

#include <functional>
#include <memory>

#include "engine/run/program.h"

namespace deepobs {

/// A graph of one node with operands of its own, to be replayed alone.
class IsolatedOp {
 public:
  /// `record` records one op on operands that it declares as buffers. They get random numbers: floats in [-1, 1),
  /// whole numbers that the op takes (Operand::limit). What the op changes begins with its initial values, as in a run.
  IsolatedOp(Device& device, const std::function<void(Graph&)>& record);

  const Node& node() const { return graph_.nodes().front(); }
  void run();

 private:
  void fill_operands();

  Store store_;
  Graph graph_{store_};
  Plan plan_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<Program> program_;
  std::int64_t runs_ = 0, batches_ = 1;
};

/// Records a node of another graph on operands of its own, which have the types, shapes and initial values of the
/// node's.
void record_alone(const Node& node, Graph& graph);

}  // namespace deepobs
