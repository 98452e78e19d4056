#include "problems/models/networks.h"

namespace deepobs {

Value conv_3c3d(Layers& layers, Value images, std::int64_t classes) {
  Value x = layers.conv("conv1", images, {.channels = 64, .kernel = 5});
  x = layers.max_pool("pool1", x, 3, 2, Pad::same);
  x = layers.conv("conv2", x, {.channels = 96, .kernel = 3});
  x = layers.max_pool("pool2", x, 3, 2, Pad::same);
  x = layers.conv("conv3", x, {.channels = 128, .kernel = 3, .pad = Pad::same});
  x = layers.max_pool("pool3", x, 3, 2, Pad::same);
  x = layers.flatten(x);
  x = layers.dense("fc1", x, {.units = 512, .activation = Activation::relu});
  x = layers.dense("fc2", x, {.units = 256, .activation = Activation::relu});
  return layers.dense("fc3", x, {.units = classes});
}

}  // namespace deepobs
