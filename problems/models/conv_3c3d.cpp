#include "problems/models/networks.h"

namespace deepobs {

Value conv_3c3d(Layers& layers, Value images, std::int64_t classes) {
  const auto pool = [](const char* name) {
    return Layers::MaxPool{.name = name, .kernel = 3, .stride = 2, .pad = Pad::same};
  };
  Value x = layers.conv_max_pool("conv1", images, {.channels = 64, .kernel = 5}, pool("pool1"));
  x = layers.conv_max_pool("conv2", x, {.channels = 96, .kernel = 3}, pool("pool2"));
  x = layers.conv_max_pool("conv3", x, {.channels = 128, .kernel = 3, .pad = Pad::same}, pool("pool3"));
  x = layers.flatten(x);
  x = layers.dense("fc1", x, {.units = 512, .activation = Activation::relu});
  x = layers.dense("fc2", x, {.units = 256, .activation = Activation::relu});
  return layers.dense("fc3", x, {.units = classes});
}

}  // namespace deepobs
