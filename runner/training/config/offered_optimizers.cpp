#include "runner/training/config/offered_optimizers.h"

#include <algorithm>
#include <set>
#include <string>

#include "engine/base/check.h"
#include "runner/training/config/run_identity.h"
#include "runner/training/config/settings.h"

namespace deepobs {
namespace {

void check_names(const Optimizer& optimizer) {
  for (const auto& hyper : optimizer.hyperparameters) {
    const std::string& name = hyper.name;
    const char* what = is_option_name(name)   ? "' has the name of an option of deepobs run; call it optimizer_"
                       : is_folder_name(name) ? "' has a name that the folders of results use; call it optimizer_"
                                              : nullptr;
    if (what != nullptr) fail(Fault::usage, optimizer.name, ": the hyperparameter '", name, what, name);
  }
}

}  // namespace

void check_usable(const Optimizer& optimizer) {
  check_optimizer(optimizer);
  check_names(optimizer);
  const auto same = std::ranges::find(optimizers(), optimizer.name, &Optimizer::name);
  require(same == optimizers().end() || same->source == optimizer.source, Fault::usage, "there is an optimizer ",
          optimizer.name, " in deepobs already; call yours something else");
}

void check_built_in() {
  std::set<std::string> names;
  for (const auto& optimizer : optimizers()) {
    check_usable(optimizer);
    require(names.insert(optimizer.name).second, Fault::usage, "there are two optimizers called ", optimizer.name,
            "; rename one: they are made in kernels/optim and in the files of DEEPOBS_EXTRA_OPTIMIZERS");
  }
}

}  // namespace deepobs
