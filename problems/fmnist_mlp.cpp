#include "problems/models/networks.h"
#include "problems/problem.h"

namespace deepobs {

Problem fmnist_mlp() {
  return {.name = "fmnist_mlp",
          .title = "Multi-layer perceptron on Fashion-MNIST",
          .dataset = "fmnist",
          .loss_name = "softmax cross entropy",
          .batch_size = 128,
          .num_epochs = 100,
          .record = classification([](Layers& layers, Value images) { return mlp(layers, images, 10); }),
          .source = "Schneider, Balles & Hennig, ICLR 2019, appendix"};
}

}  // namespace deepobs
