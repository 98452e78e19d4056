#include "kernels/conv.h"
#include "kernels/conv2d_attributes.h"
#include "kernels/conv_product.h"
#include "kernels/cpu_body.h"
#include "kernels/max_pool_loops.h"

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

}  // namespace

void conv2d_max_pool(const Call& call) {
  const auto& [conv, pool] = call.as<ConvMaxPoolAttributes>();
  const ConvGeometry& g = conv.geometry;
  const GemmCut cut = *cut_into_images(g);
  const auto product = forward_product(g, call.in[0].f32(), call.in[1].f32());
  const Epilogue epilogue{.bias = call.in[2].f32(), .relu = conv.relu};
  const std::int64_t pixels = g.out_h * g.out_w, y_row = pool.output.w * g.c_out;
  float* y = call.out[0].f32();
  std::uint8_t* winners = call.out.size() > 1 ? call.out[1].u8() : nullptr;
  call.executor->run(cut.tasks(), [&](std::int64_t task, Worker& worker) {
    const GemmBlock block = product.block(cut, task);
    const float* images = worker.scratch + product_scratch_floats;
    product.multiply(block, BlockRows{worker.scratch + product_scratch_floats, block}, false, epilogue, worker);
    const std::int64_t first_row = block.row / pixels * pool.output.h, rows = block.rows / pixels * pool.output.h;
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::int64_t to = (first_row + row) * y_row + block.column;
      pool_row(pool, row % pool.output.h, block.columns, images + row / pool.output.h * pixels * block.columns, y + to,
               winners ? winners + to : nullptr, g.c_out);
    }
  });
}

void conv2d_max_pool_weight_gradient(const Call& call) {
  const auto& [conv, pool] = call.as<ConvMaxPoolAttributes>();
  conv_weight_gradient_of_pooled(*call.executor, conv.geometry, call.in[0].f32(),
                                 {pool, call.in[1].f32(), call.in[2].u8()}, call.out[0].f32(), call.out[1].f32(),
                                 call.out[2].f32());
}

}  // namespace deepobs::DEEPOBS_ISA
