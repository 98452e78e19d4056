#include "kernels/passes/fuse_pools.h"

#include "kernels/ops/convolution/conv2d_max_pool.h"
#include "kernels/passes/rewrite.h"

namespace deepobs {

void fuse_pools(Graph& graph) {
  Rewrite rewrite(graph);
  for (std::size_t n = 0; n < rewrite.nodes().size(); ++n) {
    const Node& conv = rewrite.nodes()[n];
    if (conv.op->name != "conv2d" || !rewrite.is_internal(conv.out[0])) continue;
    const Node* pool = rewrite.only_reader(conv.out[0], "max_pool");
    if (pool == nullptr || pool->out[1].type() != Type::u8) continue;
    Node& fused = rewrite.node(rewrite.index(*pool));
    fused = conv2d_max_pool_node(conv, *pool);
    rewrite.drop(conv);
  }
  rewrite.commit();
}

}  // namespace deepobs
