#include "kernels/passes/plan_for.h"

#include "engine/tensor/precision.h"
#include "kernels/passes/drop_unread.h"
#include "kernels/passes/for_gpu.h"

namespace deepobs {

Plan plan_for(Graph& complete, std::string_view device, std::string_view precision) {
  if (device == "cpu")
    drop_unread(complete);
  else
    record_for_gpu(complete, precision_of(precision));
  return make_plan(complete);
}

}  // namespace deepobs
