#include "runner/bench/node_cost.h"

#include <algorithm>

#include "kernels/ops/convolution/conv2d_attributes.h"
#include "kernels/update/optimizer.h"

namespace deepobs {
namespace {

std::int64_t bytes_of(Value value) { return value.shape().elements() * bytes_of(value.type()); }

std::int64_t product_flops(const Node& node) {
  const auto& name = node.op->name;
  const auto elements = [](Value value) { return value.shape().elements(); };
  // y = x w: each element of y, or of dz in its place, meets one column of w.
  if (name == "linear") return 2 * elements(node.out[0]) * node.in[1].dim(0);
  if (name == "linear_data_gradient") return 2 * elements(node.in[0]) * node.in[1].dim(0);
  if (name == "linear_weight_gradient") return 2 * elements(node.in[1]) * node.out[0].dim(0);
  if (updates_weights(node)) return 2 * elements(node.in[1]) * node.in[0].dim(1);
  // Each element of y, or of dz, meets the weights of its channel's window; of a convolution with a pool these are
  // elements that are not written.
  const auto window_flops = [](const ConvGeometry& g) { return 2 * g.out_pixels() * g.c_out * g.window(); };
  if (name.starts_with("conv2d_max_pool"))
    return window_flops(node.attributes.as<ConvMaxPoolAttributes>().conv.geometry);
  if (name.starts_with("conv2d")) return window_flops(node.attributes.as<ConvAttributes>().geometry);
  return 0;
}

/// Bytes that a mini-batch takes from a column of the data, and of the rows' numbers where an order names them.
std::int64_t gathered_bytes(const Node& node) {
  const std::int64_t order = node.in.size() > 1 ? node.out[0].dim(0) * bytes_of(Type::i32) : 0;
  return node.out[0].shape().elements() * bytes_of(node.in[0].type()) + order;
}

/// Bytes of a parameter that is updated where its gradient is made, of the weights of a dense layer; else 0.
std::int64_t consumed_bytes(const Node& node) {
  return updates_weights(node) ? node.in[0].dim(1) * node.in[1].dim(1) * bytes_of(Type::f32) : 0;
}

/// Bytes of the parameters that an update changes: those that are not updated elsewhere, without the gaps between them.
std::int64_t updated_bytes(const UpdateSite& site) {
  std::int64_t elements = 0;
  for (const auto& piece : site.cut.pieces) elements += piece.count;
  return elements * bytes_of(Type::f32);
}

}  // namespace

bool updates_weights(const Node& node) { return node.op->name == "linear_weight_update"; }

bool has_scratch(const Node& node) { return node.op->is_scratch(node.out.size() - 1); }

NodeCost cost_of(const Node& node) {
  NodeCost cost{.flops = product_flops(node)};
  const auto& name = node.op->name;
  for (const auto& value : node.in) cost.bytes_read += bytes_of(value);
  cost.footprint = cost.bytes_read;

  if (name.starts_with("gather_")) cost.bytes_read = gathered_bytes(node);
  if (name == "log_scalar") {
    cost.bytes_read = cost.bytes_written_in_place = bytes_of(node.in[0]);
  } else if (const std::int64_t part = consumed_bytes(node)) {  // of the flat buffers, behind x and dz, a part
    const auto streams = static_cast<std::int64_t>(node.in.size()) - 2;
    cost.bytes_written_in_place = streams * part;
    cost.bytes_read = cost.footprint = bytes_of(node.in[0]) + bytes_of(node.in[1]) + streams * part;
  } else if (const auto* site = node.attributes.find<UpdateSite>()) {  // all but the gradient is changed where it lies
    const std::int64_t changed = updated_bytes(*site);
    std::int64_t streams = 0;
    for (const auto& value : node.in) streams += value.type() == Type::f32;
    cost.bytes_read = cost.footprint = streams * changed;
    cost.bytes_written_in_place = (streams - 1) * changed;
  } else if (node.out.empty()) {  // of an effect that is no update of flat_update() it is known what it may change
    for (std::size_t i = 0; i < node.in.size(); ++i)
      if (node.op->changes_operand(i)) cost.bytes_written_in_place += bytes_of(node.in[i]);
  }
  for (const auto& value : node.out) cost.bytes_written += bytes_of(value);
  if (has_scratch(node)) cost.bytes_written -= bytes_of(node.out.back());
  cost.footprint += cost.bytes_written;
  return cost;
}

std::int64_t flops_of(const Graph& graph) {
  std::int64_t all = 0;
  for (const auto& node : graph.nodes()) all += product_flops(node);
  return all;
}

}  // namespace deepobs
