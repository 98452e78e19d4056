#include "kernels/convolution/conv_library_order.h"

#include <algorithm>
#include <array>

#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/convolution/conv2d_attributes.h"
#include "kernels/ops/convolution/conv2d_rules.h"

namespace deepobs {

DEEPOBS_CPU_BODY(conv2d);
DEEPOBS_CPU_BODY(conv2d_data_gradient);
DEEPOBS_CPU_BODY(conv2d_weight_gradient);
DEEPOBS_CPU_BODY(conv2d_max_pool);
DEEPOBS_CPU_BODY(conv2d_max_pool_weight_gradient);

namespace {

struct Form {
  Op op;
  std::optional<std::size_t> filter_operand;
};

// In this order a filter has the type of the images, and a filter's gradient too: no body of theirs rounds it.
const std::array<Form, 5> forms{{{{.name = "conv2d",
                                   .cpu = bodies::conv2d,
                                   .scratch = 0b10,
                                   .cost = conv2d_cost,
                                   .bf16 = {.needs = 0b11, .writes = 0b1}},
                                  1},
                                 {{.name = "conv2d_data_gradient",
                                   .cpu = bodies::conv2d_data_gradient,
                                   .scratch = 0b10,
                                   .cost = conv2d_cost,
                                   .bf16 = {.needs = 0b11, .reads = 0b100, .writes = 0b1}},
                                  1},
                                 {{.name = "conv2d_weight_gradient",
                                   .cpu = bodies::conv2d_weight_gradient,
                                   .scratch = 0b100,
                                   .cost = conv2d_cost,
                                   .bf16 = {.needs = 0b11, .writes = 0b1}},
                                  {}},
                                 {{.name = "conv2d_max_pool",
                                   .cpu = bodies::conv2d_max_pool,
                                   .scratch = 0b100,
                                   .cost = conv2d_max_pool_cost,
                                   .bf16 = {.needs = 0b11, .writes = 0b1}},
                                  1},
                                 {{.name = "conv2d_max_pool_weight_gradient",
                                   .cpu = bodies::conv2d_max_pool_weight_gradient,
                                   .scratch = 0b100,
                                   .cost = conv2d_max_pool_cost,
                                   .bf16 = {.needs = 0b1, .reads = 0b10, .writes = 0b1}},
                                  {}}}};

}  // namespace

std::optional<ConvInLibraryOrder> conv_in_library_order(const Node& node) {
  const auto form = std::ranges::find(forms, node.op->name, [](const Form& each) { return each.op.name; });
  if (form == forms.end() || node.op == &form->op) return {};
  ConvInLibraryOrder made{node, form->filter_operand, !form->filter_operand};
  made.node.op = &form->op;
  if (node.op->name.starts_with("conv2d_max_pool")) {
    auto attributes = node.attributes.as<ConvMaxPoolAttributes>();
    attributes.conv.krsc = true;
    made.node.attributes = Attributes::of(attributes);
  } else {
    auto attributes = node.attributes.as<ConvAttributes>();
    attributes.krsc = true;
    made.node.attributes = Attributes::of(attributes);
  }
  return made;
}

}  // namespace deepobs
