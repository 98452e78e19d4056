#include "kernels/cuda/update/own_method.h"

#include <algorithm>

namespace deepobs {

Method own_method(const UpdateSite& site) {
  const auto& all = optimizers();
  const auto at = std::ranges::find(all, site.optimizer, &Optimizer::name);
  require(at != all.end() && at->source == site.source, Fault::usage, "optimizer ", site.optimizer,
          " was not compiled for a GPU: put its file into kernels/optim, or name it in DEEPOBS_EXTRA_OPTIMIZERS, and "
          "build again");
  require(at->version == site.version, Fault::usage, "optimizer ", site.optimizer,
          " was compiled for a GPU in another version, '", at->version, "' instead of '", site.version,
          "': build libdeepobs_cuda.so again");
  return at->configure(Hyperparameters(site.hyperparameters));
}

}  // namespace deepobs
