#include "kernels/convolution/conv.h"
#include "kernels/convolution/conv_product.h"
#include "kernels/convolution/winograd/winograd.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/convolution/conv2d_attributes.h"
#include "kernels/ops/pool/max_pool_loops.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

/// A block of C in the worker's memory, dense.
struct BlockRows {
  float* c;
  const GemmBlock& block;

  /// The product adds the block's first column to these addresses, so they lie that much before its rows.
  void locate(std::int64_t row, int rows, float** c_rows, const float**) const {
    for (int r = 0; r < rows; ++r) c_rows[r] = c + (row + r - block.row) * block.columns - block.column;
  }
};

/// Where images of the convolution's output are pooled to: some of its columns, from `column` on.
struct PooledOutput {
  const WindowGeometry& pool;
  float* y;
  std::uint8_t* winners;  // null: they are not noted
  std::int64_t channels;

  void take(const float* images, std::int64_t first, std::int64_t count, std::int64_t column,
            std::int64_t columns) const {
    const std::int64_t pixels = std::int64_t{pool.input.h} * pool.input.w, y_row = pool.output.w * channels;
    for (std::int64_t row = 0; row < count * pool.output.h; ++row) {
      const std::int64_t to = (first * pool.output.h + row) * y_row + column;
      pool_row(pool, row % pool.output.h, columns, images + row / pool.output.h * pixels * columns, y + to,
               winners ? winners + to : nullptr, channels);
    }
  }
};

const float* bias_of(const Call& call) { return call.in.size() > 2 ? call.in[2].f32() : nullptr; }

void pool_directly(const Call& call, const ConvAttributes& conv, const PooledOutput& output) {
  const ConvGeometry& g = conv.geometry;
  const GemmCut cut = *cut_into_images(g);
  const auto product = forward_product(g, call.in[0].f32(), call.in[1].f32());
  const Epilogue epilogue{.bias = bias_of(call), .relu = conv.relu};
  const std::int64_t pixels = g.out_h * g.out_w;
  call.executor->run(cut.tasks(), [&](std::int64_t task, Worker& worker) {
    const GemmBlock block = product.block(cut, task);
    float* images = worker.scratch + product_scratch_floats;
    product.multiply(block, BlockRows{images, block}, false, epilogue, worker);
    output.take(images, block.row / pixels, block.rows / pixels, block.column, block.columns);
  });
}

void pool_tiles(const Call& call, const ConvAttributes& conv, const PooledOutput& output) {
  const ConvGeometry& g = conv.geometry;
  float* weights = call.out.back().f32();
  transform_weights(*call.executor, conv.tiles, g, call.in[1].f32(), false, weights);
  const ImageCut cut = cut_images(g.n, g.out_h * g.out_w * g.c_out);
  call.executor->run(cut.tasks, [&](std::int64_t task, Worker& worker) {
    const std::int64_t first = block_begin(g.n, cut.tasks, task);
    const std::int64_t count = block_begin(g.n, cut.tasks, task + 1) - first;
    float* images = worker.scratch + winograd_scratch_floats;
    winograd_forward_images(conv.tiles, g, call.in[0].f32(), weights, first, count, images, bias_of(call), conv.relu,
                            worker);
    output.take(images, first, count, 0, g.c_out);
  });
}

}  // namespace

void conv2d_max_pool(const Call& call) {
  const auto& [conv, pool] = call.as<ConvMaxPoolAttributes>();
  const std::size_t noting = conv.tiles ? 3 : 2;  // outputs with the winners' places: the weights stand behind them
  const PooledOutput output{pool, call.out[0].f32(), call.out.size() == noting ? call.out[1].u8() : nullptr,
                            conv.geometry.c_out};
  conv.tiles ? pool_tiles(call, conv, output) : pool_directly(call, conv, output);
}

void conv2d_max_pool_weight_gradient(const Call& call) {
  const auto& [conv, pool] = call.as<ConvMaxPoolAttributes>();
  conv_weight_gradient_of_pooled(*call.executor, conv.geometry, call.in[0].f32(),
                                 {pool, call.in[1].f32(), call.in[2].u8()}, call.out[0].f32(),
                                 call.out[1].elements() > 0 ? call.out[1].f32() : nullptr, call.out[2].f32());
}

}  // namespace deepobs::DEEPOBS_ISA
