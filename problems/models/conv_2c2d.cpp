#include "problems/models/networks.h"

namespace deepobs {

Value conv_2c2d(Layers& layers, Value images, std::int64_t classes) {
  const auto weight = init::truncated_normal(0.05);
  const auto bias = init::constant(0.05);
  const auto conv = [&](std::int64_t channels) {
    return Layers::Conv{.channels = channels, .kernel = 5, .pad = Pad::same, .weight = weight, .bias = bias};
  };
  Value x = layers.conv_max_pool("conv1", images, conv(32), {.name = "pool1", .kernel = 2, .stride = 2});
  x = layers.conv_max_pool("conv2", x, conv(64), {.name = "pool2", .kernel = 2, .stride = 2});
  x = layers.flatten(x);
  x = layers.dense("fc1", x, {.units = 1024, .activation = Activation::relu, .weight = weight, .bias = bias});
  return layers.dense("fc2", x, {.units = classes, .weight = weight, .bias = bias});
}

}  // namespace deepobs
