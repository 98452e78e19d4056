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

[[noreturn]] void refuse_known(const std::string& name) {
  fail(Fault::usage, "there is an optimizer ", name, " in deepobs already; call yours something else");
}

}  // namespace

void check_usable(const Optimizer& optimizer) {
  check_optimizer(optimizer);
  check_names(optimizer);
  const auto same = std::ranges::find(optimizers(), optimizer.name, &Optimizer::name);
  if (same != optimizers().end() && same->source != optimizer.source) refuse_known(optimizer.name);
}

void check_offered(std::span<const Optimizer> own) {
  std::set<std::string> names;
  for (const auto& optimizer : optimizers()) {
    check_usable(optimizer);
    require(names.insert(optimizer.name).second, Fault::usage, "there are two optimizers called ", optimizer.name,
            "; rename one: they are made in kernels/optim and in the files of DEEPOBS_EXTRA_OPTIMIZERS");
  }
  const std::set<std::string> of_catalogue = names;
  for (const auto& optimizer : own) {
    check_usable(optimizer);
    if (of_catalogue.contains(optimizer.name)) refuse_known(optimizer.name);
    require(names.insert(optimizer.name).second, Fault::usage, "there are two optimizers called ", optimizer.name,
            "; rename one");
  }
}

}  // namespace deepobs
