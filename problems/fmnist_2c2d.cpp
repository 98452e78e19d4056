#include "problems/models/networks.h"
#include "problems/problem.h"

namespace deepobs {

Problem fmnist_2c2d() {
  return {.name = "fmnist_2c2d",
          .title = "Two convolutional, two dense layers on Fashion-MNIST",
          .dataset = "fmnist",
          .loss_name = "softmax cross entropy",
          .batch_size = 128,
          .num_epochs = 100,
          .record = classification([](Layers& layers, Value images) { return conv_2c2d(layers, images, 10); }),
          .source = "Schneider, Balles & Hennig, ICLR 2019, appendix"};
}

}  // namespace deepobs
