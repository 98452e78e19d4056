#include <memory>

#include "engine/cuda/queue.h"
#include "kernels/cuda/update/own_method.h"

namespace deepobs {
namespace {

struct PreparedScalars final : CudaPrepared {
  explicit PreparedScalars(const Call& call) {
    const auto& site = call.as<UpdateSite>();
    const Method method = own_method(site);
    require(site.rule < method.scalars.size() && method.scalars[site.rule].results == call.out.size(), Fault::internal,
            "optimizer ", site.optimizer, " has other scalars on a GPU than on the CPU");
    cuda = method.scalars[site.rule].cuda;
    attributes = method.scalars[site.rule].attributes(site);
  }

  CudaBody cuda;
  Attributes attributes;  // of this library's own rule
};

}  // namespace

DEEPOBS_CUDA_PREPARE(step_scalars) { return std::make_unique<PreparedScalars>(call).release(); }

DEEPOBS_CUDA_BODY(step_scalars) {
  const auto& prepared = prepared_as<PreparedScalars>(queue);
  Call own = call;
  own.attributes = prepared.attributes.data();
  prepared.cuda(own, queue);
}

}  // namespace deepobs
