#include "problems/models/networks.h"
#include "problems/problem.h"

namespace deepobs {

Problem fmnist_logreg() {
  return {.name = "fmnist_logreg",
          .title = "Logistic regression on Fashion-MNIST",
          .dataset = "fmnist",
          .loss_name = "softmax cross entropy",
          .record = classification([](Layers& layers, Value images) { return logreg(layers, images, 10); }),
          .source = "Schneider, Balles & Hennig, ICLR 2019, appendix"};
}

}  // namespace deepobs
