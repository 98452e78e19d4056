#include "engine/memory/role.h"

namespace deepobs {

std::string_view name_of(Role role) {
  switch (role) {
    case Role::parameters:
      return "parameters";
    case Role::gradients:
      return "gradients";
    case Role::optimizer:
      return "optimizer";
    case Role::evaluation:
      return "evaluation";
    case Role::statistics:
      return "statistics";
    case Role::carried:
      return "carried";
    case Role::input:
      return "input";
    case Role::order:
      return "order";
    case Role::log:
      return "log";
    case Role::constants:
      return "constants";
    case Role::data:
      return "data";
  }
  return "unknown";
}

}  // namespace deepobs
