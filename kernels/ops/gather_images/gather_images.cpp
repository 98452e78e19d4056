#include "kernels/ops/gather_images/gather_images.h"

#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/gather/gather_rows.h"

namespace deepobs {

DEEPOBS_CPU_BODY(gather_images);

namespace {

constexpr std::int64_t max_values = 1 << 24;  // of an image, for exact statistics in 64 bits

constexpr Operand operands[]{{"images", Type::u8}, {"order", Type::i32, rows_to_gather}};
const Op op{.name = "gather_images",
            .operands = operands,
            .cpu = bodies::gather_images,
            .cost = gather_cost,
            .batches = batches_of_order,
            .bf16 = {.writes = 0b1}};

}  // namespace

Value gather_images(Value images, Value order, const GatherImages& how, Place at) {
  check_order(order, how.batch, op.name, at);
  require(images.shape().rank() == 4, Fault::usage, op.name, " at ", to_string(at),
          ": images must be [n, H, W, C], not ", images.described());
  const std::int64_t h = images.dim(1), w = images.dim(2), c = images.dim(3);
  require(h >= 1 && w >= 1 && c >= 1, Fault::usage, op.name, " at ", to_string(at),
          ": the images have no pixels: ", images.described());
  require(h * w * c < max_values, Fault::usage, op.name, " at ", to_string(at), ": an image has fewer than ",
          max_values, " values, not as many as those of ", images.described());
  if (how.preprocess == Preprocess::augment)
    require(c == 3 && h * w * c <= Worker::scratch_floats, Fault::usage, op.name, " at ", to_string(at),
            ": augmentation wants 3 channels and at most ", Worker::scratch_floats, " values an image, not ",
            images.described());
  return images.graph().record_one(op, {images, order}, {how.batch, h, w, c}, Attributes::of(how), at);
}

}  // namespace deepobs
