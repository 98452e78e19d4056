#include <cuda_runtime_api.h>

#include <algorithm>
#include <memory>

#include "engine/cuda/cuda_check.h"
#include "engine/cuda/cuda_objects.h"
#include "engine/cuda/queue.h"
#include "kernels/cuda/update/own_method.h"
#include "kernels/cuda/update/update_chunks.h"

namespace deepobs {
namespace {

/// The pieces as the blocks of a GPU take them.
std::vector<UpdateChunk> chunks_of(const UpdateCut& cut) {
  std::vector<UpdateChunk> chunks;
  for (std::size_t i = 0; i < cut.pieces.size();) {
    std::int64_t begin = cut.pieces[i].begin, end = begin;
    for (; i < cut.pieces.size() && cut.pieces[i].begin == end; ++i) end += cut.pieces[i].count;
    for (; begin < end; begin += UpdateChunk::most)
      chunks.push_back({begin, static_cast<std::int32_t>(std::min<std::int64_t>(end - begin, UpdateChunk::most))});
  }
  return chunks;
}

/// The library's own rule of an update that was recorded by the program.
Update own_update(const UpdateSite& site, std::size_t operands) {
  const Method method = own_method(site);
  require(site.rule < method.rules.size(), Fault::internal, "optimizer ", site.optimizer,
          " has other rules on a GPU than on the CPU");
  Update update = method.rules[site.rule];
  require(2 + update.slots.size() + update.carried.size() == operands, Fault::internal, "optimizer ", site.optimizer,
          " has other states on a GPU than on the CPU");
  return update;
}

struct PreparedUpdate final : CudaPrepared {
  PreparedUpdate(const Call& call, const CudaQueue& queue) {
    const auto& site = call.as<UpdateSite>();
    const Update update = own_update(site, call.in.size());
    cuda = update.cuda;
    attributes = update.attributes(site);
    const auto chunks = chunks_of(site.cut);
    const auto bytes = static_cast<std::int64_t>(chunks.size() * sizeof(UpdateChunk));
    table = std::make_unique<TemporaryMemory>(bytes);
    kept_bytes = cuda->now_bytes;
    prologue = prepare_step;
    for (std::size_t i = call.in.size() - update.carried.size(); i < call.in.size(); ++i)
      prologue_uses.push_back(changed(call.in[i]));
    check_cuda(cudaMemcpyAsync(table->data(), chunks.data(), static_cast<std::size_t>(bytes), cudaMemcpyHostToDevice,
                               queue.stream),
               "preparing an update");
    check_cuda(cudaStreamSynchronize(queue.stream), "preparing an update");
    chunk_count = static_cast<std::int64_t>(chunks.size());
  }

  static MemoryUse changed(const View& view) {
    const auto* begin = static_cast<const std::byte*>(view.data);
    return {begin, begin + view.bytes(), true};
  }
  /// Calls one of the rule's two functions as it wants to be called.
  static void run(void (*function)(const Call&, CudaQueue&, const UpdateMemory&), const Call& call, CudaQueue& queue) {
    const auto& prepared = prepared_as<PreparedUpdate>(queue);
    Call own = call;
    own.attributes = prepared.attributes.data();
    function(own, queue, {static_cast<const UpdateChunk*>(prepared.table->data()), prepared.chunk_count, queue.kept});
  }
  static void prepare_step(const Call& call, CudaQueue& queue) {
    run(prepared_as<PreparedUpdate>(queue).cuda->prepare_step, call, queue);
  }

  const CudaUpdate* cuda;
  Attributes attributes;  // of this library's own rule
  std::unique_ptr<TemporaryMemory> table;
  std::int64_t chunk_count = 0;
};

}  // namespace

DEEPOBS_CUDA_PREPARE(update) { return std::make_unique<PreparedUpdate>(call, queue).release(); }

DEEPOBS_CUDA_BODY(update) { PreparedUpdate::run(prepared_as<PreparedUpdate>(queue).cuda->run, call, queue); }

}  // namespace deepobs
