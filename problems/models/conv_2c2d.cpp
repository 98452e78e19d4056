#include "problems/models/networks.h"

namespace deepobs {

Value conv_2c2d(Layers& layers, Value images, std::int64_t classes) {
  const auto weight = init::truncated_normal(0.05);
  const auto bias = init::constant(0.05);
  Value x =
      layers.conv("conv1", images, {.channels = 32, .kernel = 5, .pad = Pad::same, .weight = weight, .bias = bias});
  x = layers.max_pool("pool1", x, 2, 2);
  x = layers.conv("conv2", x, {.channels = 64, .kernel = 5, .pad = Pad::same, .weight = weight, .bias = bias});
  x = layers.max_pool("pool2", x, 2, 2);
  x = layers.flatten(x);
  x = layers.dense("fc1", x, {.units = 1024, .activation = Activation::relu, .weight = weight, .bias = bias});
  return layers.dense("fc2", x, {.units = classes, .weight = weight, .bias = bias});
}

}  // namespace deepobs
