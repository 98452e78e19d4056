#include "problems/models/networks.h"

namespace deepobs {

Value mlp(Layers& layers, Value images, std::int64_t classes) {
  const auto weight = init::truncated_normal(0.03);
  Value x = layers.flatten(images);
  x = layers.dense("fc1", x, {.units = 1000, .activation = Activation::relu, .weight = weight});
  x = layers.dense("fc2", x, {.units = 500, .activation = Activation::relu, .weight = weight});
  x = layers.dense("fc3", x, {.units = 100, .activation = Activation::relu, .weight = weight});
  return layers.dense("fc4", x, {.units = classes, .weight = weight});
}

}  // namespace deepobs
