#include "problems/models/networks.h"

namespace deepobs {

Value logreg(Layers& layers, Value images, std::int64_t classes) {
  return layers.dense("fc", layers.flatten(images), {.units = classes, .weight = init::constant(0)});
}

}  // namespace deepobs
