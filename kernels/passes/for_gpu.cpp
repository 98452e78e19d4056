#include "kernels/passes/for_gpu.h"

#include "engine/graph/graph_editor.h"
#include "kernels/passes/aligned_operands.h"
#include "kernels/passes/bias_sums.h"
#include "kernels/passes/drop_unread.h"
#include "kernels/passes/fuse_loss.h"
#include "kernels/passes/fuse_pools.h"
#include "kernels/passes/library_filters.h"
#include "kernels/passes/mixed_precision.h"

namespace deepobs {
namespace {

/// Memory that only CPU bodies work in becomes empty.
void empty_scratch(Graph& graph) {
  GraphEditor editor(graph);
  std::vector<Node> nodes = graph.nodes();
  for (Node& node : nodes)
    for (std::size_t i = 0; i < node.out.size(); ++i)
      if (node.op->is_scratch(i) && node.out[i].shape().elements() > 0)
        node.out[i] = editor.make_value({0}, node.out[i].type());
  editor.set_nodes(std::move(nodes));
}

}  // namespace

void record_for_gpu(Graph& graph, Precision precision) {
  drop_unread(graph);
  fuse_loss(graph);
  fuse_pools(graph);
  separate_bias_sums(graph);
  gate_and_sum(graph);
  share_library_filters(graph);
  empty_scratch(graph);
  drop_unread(graph);  // constants and such, of which the passes have left nothing that reads them
  align_operands(graph);
  if (precision == Precision::bf16) record_mixed_precision(graph);
}

}  // namespace deepobs
