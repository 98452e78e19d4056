#include "problems/models/networks.h"
#include "problems/problem.h"

namespace deepobs {

Problem mnist_logreg() {
  return {.name = "mnist_logreg",
          .title = "Logistic regression on MNIST",
          .dataset = "mnist",
          .loss_name = "softmax cross entropy",
          .batch_size = 128,
          .num_epochs = 50,
          .record = classification([](Layers& layers, Value images) { return logreg(layers, images, 10); }),
          .source = "Schneider, Balles & Hennig, ICLR 2019, appendix"};
}

}  // namespace deepobs
