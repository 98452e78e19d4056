#include "kernels/cuda/floats.h"
#include "kernels/cuda/loops.h"
#include "kernels/cuda/turned_tile.h"
#include "kernels/ops/convolution/filter_order_attributes.h"

namespace deepobs {
namespace {

constexpr int tile = turned_tile;

/// Some tensors in one launch: turned, and perhaps with a part of another one added.
struct SomeTensors {
  static constexpr int most = 16;
  struct One {
    Floats from, to;
    Floats added = {};  ///< in the order of `to`
    bool has_added = false;
    std::int64_t rows = 1, columns = 0;  ///< of `from`
    std::int64_t first_block = 0;
    bool turned = false;
  };
  One one[most];
  int count = 0;
  std::int64_t blocks = 0;
  float factor = 0.f;

  void add(One tensor) {
    tensor.first_block = blocks;
    blocks += tensor.turned ? blocks_of(tensor.rows, tile) * blocks_of(tensor.columns, tile)
                            : blocks_of(tensor.rows * tensor.columns, tile * tile);
    one[count++] = tensor;
  }

  __device__ void store(const One& t, std::int64_t i, float value) const {
    t.to.set(i, t.has_added ? value + factor * t.added[i] : value);
  }

  __device__ void turn(const One& t, std::int64_t b) const {
    turn_tile(
        t.rows, t.columns, b, [&](std::int64_t i) { return t.from[i]; },
        [&](std::int64_t i, float value) { store(t, i, value); });
  }

  __device__ void operator()(std::int64_t b) const {
    int t = 0;
    while (t + 1 < count && b >= one[t + 1].first_block) ++t;
    b -= one[t].first_block;
    if (one[t].turned) return turn(one[t], b);
    const std::int64_t elements = one[t].rows * one[t].columns;
    for (std::int64_t i = b * tile * tile + threadIdx.x; i < elements && i < (b + 1) * tile * tile; i += blockDim.x)
      store(one[t], i, one[t].from[i]);
  }
};

/// Puts them into the queue as they become many.
class Launches {
 public:
  Launches(const CudaQueue& queue, float factor) : queue_(queue) { some_.factor = factor; }
  ~Launches() { launch(); }
  Launches(const Launches&) = delete;
  Launches& operator=(const Launches&) = delete;

  void add(const SomeTensors::One& tensor) {
    if (some_.count == SomeTensors::most) launch();
    some_.add(tensor);
  }

 private:
  void launch() {
    for_each_block(queue_, {.blocks = some_.blocks, .threads = turned_tile_threads}, some_);
    some_.count = 0;
    some_.blocks = 0;
  }

  const CudaQueue& queue_;
  SomeTensors some_;
};

}  // namespace

DEEPOBS_CUDA_BODY(filters_in_library_order) {
  Launches launches(queue, 0.f);
  for (std::size_t t = 0; t < call.in.size(); ++t) {
    const std::int64_t channels = call.in[t].shape[3];
    launches.add({.from = call.in[t],
                  .to = call.out[t],
                  .rows = channels > 0 ? call.in[t].elements() / channels : 0,
                  .columns = channels,
                  .turned = true});
  }
}

DEEPOBS_CUDA_BODY(finished_gradients) {
  const auto& how = call.as<FinishedGradients>();
  Launches launches(queue, how.factor);
  std::size_t next = call.out.size();
  for (std::size_t t = 0; t < call.out.size(); ++t) {
    const View& from = call.in[t];
    const bool turned = how.turned[t];
    const std::int64_t rows = turned ? from.shape[0] : 1;
    launches.add({.from = from,
                  .to = call.out[t],
                  .added = how.decayed[t] ? Floats(call.in[next++]) : Floats(),
                  .has_added = how.decayed[t],
                  .rows = rows,
                  .columns = rows > 0 ? from.elements() / rows : 0,
                  .turned = turned});
  }
}

}  // namespace deepobs
