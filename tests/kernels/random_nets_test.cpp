#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "kernels/backward.h"
#include "kernels/ops/activation/relu.h"
#include "kernels/ops/activation/sigmoid.h"
#include "kernels/ops/activation/tanh.h"
#include "kernels/ops/convolution/conv2d.h"
#include "kernels/ops/convolution/conv2d_max_pool.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/loss/mse.h"
#include "kernels/ops/loss/softmax_xent.h"
#include "kernels/ops/pool/avg_pool.h"
#include "kernels/ops/pool/max_pool.h"
#include "kernels/ops/random/dropout.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/ops/shape/reshape.h"
#include "kernels/update/optimizer.h"
#include "tests/golden/hash_values.h"
#include "tests/kernels/harness/run_op.h"

// Nets that nobody thought of, on batches of no, one and two examples, and with an operand that does not belong there:
// each is refused while it is recorded, or computed within its memory.

namespace deepobs {
namespace {

/// A net and one training step of it, drawn by a seed.
class RandomNet {
 public:
  RandomNet(std::uint64_t seed, std::int64_t batch) : seed_(seed), batch_(batch) {}

  /// `type`: of the images.
  void record(Type type = Type::f32) {
    const Shape images{batch_, pick(1, 9), pick(1, 9), pick(1, 5)};
    Value x = op.graph.input("x", type, images);
    for (std::int64_t layers = pick(0, 4); layers > 0; --layers) x = image_layer(x);
    x = flatten(x);
    for (std::int64_t layers = pick(0, 3); layers > 0; --layers) x = row_layer(x);
    const std::int64_t classes = pick(1, 20);
    losses = pick(0, 1) == 0 ? softmax_xent(dense(x, classes), op.graph.input("labels", Type::i32, {batch_}))
                             : mse(dense(x, classes), op.graph.input("target", Type::f32, {batch_, classes}));
    op.graph.keep(losses);
    backward(sum(losses));
    std::vector<const Optimizer*> rules;  // those of one graph, without further needs
    for (const Optimizer& each : optimizers())
      if (each.configure(resolve(each)).record == nullptr) rules.push_back(&each);
    const Optimizer& optimizer = *rules[static_cast<std::size_t>(pick(0, std::ssize(rules) - 1))];
    record_update(op.graph, optimizer, resolve(optimizer));
  }

  /// What is wrong with a replay; nothing if nothing is.
  std::optional<std::string> replay() {
    op.plan = make_plan(op.graph, {.guard_bytes = 64});
    op.device = cpu_device({.threads = static_cast<int>(pick(1, 3))});
    op.storage = std::make_unique<Storage>(*op.device, op.store);
    for (std::uint64_t p = 0; const auto& parameter : op.store.parameters())
      op.storage->set_parameter(parameter,
                                hash_scaled(++p, static_cast<std::size_t>(parameter.shape.elements()), 0.25f));
    op.program = std::make_unique<Program>(op.graph, op.plan, *op.storage);
    for (int step = 0; step < 2; ++step) {
      for (const float loss : op.run<float>(losses, {.seed = seed_, .step = step, .learning_rate = 1e-3}))
        if (!std::isfinite(loss)) return "a loss is not finite";
      if (!op.program->guards_intact()) return "something was written outside its tensor";
    }
    for (const auto& parameter : op.store.parameters()) {
      const auto gradient = op.storage->gradient(parameter);
      if (!std::ranges::all_of(gradient, [](float g) { return std::isfinite(g); })) return "a gradient is not finite";
      if (batch_ == 0 && !std::ranges::all_of(gradient, [](float g) { return g == 0; }))
        return "no examples have a gradient";
    }
    return {};
  }

  RunOp op;
  Value losses;

 private:
  /// From low to high, both included.
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return low + hash_label(seed_, drawn_++, static_cast<int>(high - low + 1));
  }
  Value parameter(const Shape& shape) { return op.graph.parameter(text("p", op.store.parameters().size()), shape, {}); }
  Value dense(Value x, std::int64_t units) {
    const bool with_relu = pick(0, 1) == 1;
    const Value w = parameter({x.dim(1), units}), b = parameter({units});
    return linear(x, w, b, {.relu = with_relu});
  }
  Window window(Value x) {
    const int kernel = static_cast<int>(pick(1, std::min(x.dim(1), x.dim(2))));
    return {.kernel = kernel,
            .stride = static_cast<int>(pick(1, 4)),
            .pad = pick(0, 1) == 0 ? Pad(Pad::same) : Pad(Pad::valid)};
  }
  Value image_layer(Value x) {
    switch (pick(0, 6)) {
      case 0:
        return relu(x);
      case 1:
        return max_pool(x, window(x));
      case 2:
        return avg_pool(x, window(x));
      case 3:
        return dropout(x, 0.5, 1);
      case 4:
        return tanh(x);
      default:
        break;
    }
    const Window placed = window(x);
    const std::int64_t channels = pick(1, 7);
    const Value w = parameter({placed.kernel.h, placed.kernel.w, x.dim(3), channels}), b = parameter({channels});
    const Conv2d conv{.stride = placed.stride,
                      .pad = placed.pad,
                      .relu = pick(0, 1) == 1,
                      .algorithm = std::array{ConvAlgorithm::automatic, ConvAlgorithm::direct,
                                              ConvAlgorithm::winograd}[static_cast<std::size_t>(pick(0, 2))]};
    if (pick(0, 1) == 0) return conv2d(x, w, b, conv);
    return conv2d_max_pool(x, w, b, {.conv = conv, .pool = {.kernel = 1, .stride = static_cast<int>(pick(1, 2))}});
  }
  Value row_layer(Value x) {
    switch (pick(0, 4)) {
      case 0:
        return sigmoid(x);
      case 1:
        return add(x, parameter({x.dim(1)}));
      case 2:
        return multiply(x, x);
      default:
        return dense(x, pick(1, 40));
    }
  }

  std::uint64_t seed_, drawn_ = 0;
  std::int64_t batch_;
};

}  // namespace

TEST_CASE("random nets: every step on no, one or two examples stays in its memory, and no examples have no gradient") {
  for (std::uint64_t seed = 0; seed < 150; ++seed)
    for (const std::int64_t batch : {0, 1, 2}) {
      CAPTURE(seed);
      CAPTURE(batch);
      RandomNet net(seed, batch);
      net.record();
      const auto wrong = net.replay();
      CHECK_MESSAGE(!wrong, wrong.value_or(""));
    }
}

TEST_CASE("random nets: images of another type are refused while they are recorded") {
  for (std::uint64_t seed = 0; seed < 150; ++seed)
    for (const Type type : {Type::i32, Type::u8, Type::f64, Type::bf16}) {
      CAPTURE(seed);
      CHECK_THROWS_WITH_AS(RandomNet(seed, 2).record(type), doctest::Contains("must be float32, not "), Error);
    }
}

}  // namespace deepobs
