#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "engine/graph/graph.h"
#include "engine/graph/graph_editor.h"
#include "engine/run/program.h"
#include "kernels/ops/elementwise/to_bf16.h"
#include "kernels/ops/reduce/relu_gradient_sums.h"
#include "tests/golden/hash_values.h"
#include "tests/gpus_under_test.h"

namespace deepobs {
namespace {

struct GatedSums {
  std::vector<float> dx, sums;
};

class OnGpu {
 public:
  OnGpu(const GpuUnderTest& gpu, const Shape& shape, bool narrow_gate, bool narrow_dx) : device_(gpu.device()) {
    const Value gate = graph_.input("gate", Type::f32, shape), x = graph_.input("x", Type::f32, shape);
    const auto [dx, sums] = relu_gradient_sums(x, gate);
    if (narrow_dx) narrow_operand(0), GraphEditor(graph_).retype(dx, Type::bf16);
    if (narrow_gate) narrow_operand(1);
    dx_ = dx;
    sums_ = sums;
    graph_.keep(dx_);
    graph_.keep(sums_);
    plan_ = make_plan(graph_);
    storage_ = std::make_unique<Storage>(*device_, store_);
    program_ = std::make_unique<Program>(graph_, plan_, *storage_);
  }
  GatedSums run(const std::vector<float>& gate, const std::vector<float>& x) {
    storage_->write(store_.find("gate"), std::span(gate));
    storage_->write(store_.find("x"), std::span(x));
    program_->poison(0xFF);
    program_->run({});
    GatedSums result{std::vector<float>(x.size()), std::vector<float>(static_cast<std::size_t>(sums_.dim(0)))};
    program_->read<float>(sums_, result.sums);
    if (dx_.type() == Type::f32) {
      program_->read<float>(dx_, result.dx);
    } else {
      std::vector<Bf16> dx(x.size());
      program_->read<Bf16>(dx_, dx);
      for (std::size_t i = 0; i < dx.size(); ++i) result.dx[i] = f32_of(dx[i]);
    }
    return result;
  }

 private:
  /// The last node, which the others stand before, reads a rounded copy in place of the operand.
  void narrow_operand(std::size_t i) {
    const std::size_t node = graph_.nodes().size() - 1;
    const Value narrow = to_bf16(std::vector{graph_.nodes()[node].in[i]})[0];
    GraphEditor(graph_).move_last_before(node);
    GraphEditor(graph_).replace_operand(node + 1, i, narrow);
  }

  Store store_;
  Graph graph_{store_};
  Value dx_, sums_;
  Plan plan_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<Program> program_;
};

}  // namespace

TEST_CASE("relu_gradient_sums on a GPU, of every type and shape") {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  // One block a tile, several; packs of columns, single ones; the end inside a tile; nothing.
  for (const Shape& shape : {Shape{1, 1}, Shape{128, 1000}, Shape{3, 17}, Shape{513, 40}, Shape{2100, 64},
                             Shape{1030, 33}, Shape{0, 8}, Shape{5, 0}})
    for (const auto& gpu : gpus_under_test())
      for (const bool narrow_gate : {false, true})
        for (const bool narrow_dx : {false, true}) {
          CAPTURE(gpu.name);
          CAPTURE(text(shape));
          CAPTURE(narrow_gate);
          CAPTURE(narrow_dx);
          const auto rounded = [](float value, bool narrow) { return narrow ? f32_of(bf16_of(value)) : value; };
          const auto count = static_cast<std::size_t>(shape.elements()), columns = static_cast<std::size_t>(shape[1]);
          auto gate = hash_scaled(1, count), x = hash_scaled(2, count);
          for (std::size_t i = 0; i < count; i += 7) gate[i] = i % 2 == 0 ? 0.f : -0.f;
          if (count > 20) gate[20] = nan;  // lets pass
          if (count > 7) x[7] = nan;       // is held back
          std::vector<float> dx(count);
          std::vector<double> sums(columns), sizes(columns);
          for (std::size_t i = 0; i < count; ++i) {
            dx[i] = rounded(gate[i], narrow_gate) <= 0.f ? 0.f : rounded(x[i], narrow_dx);
            sums[i % columns] += static_cast<double>(dx[i]);
            sizes[i % columns] += std::abs(static_cast<double>(dx[i]));
          }
          OnGpu op(gpu, shape, narrow_gate, narrow_dx);
          const GatedSums first = op.run(gate, x);
          CHECK(first.dx == dx);
          for (std::size_t c = 0; c < columns; ++c)
            CHECK(std::abs(static_cast<double>(first.sums[c]) - sums[c]) <= 0x1p-23 * sizes[c]);
          for (int again = 0; again < 3; ++again) CHECK(op.run(gate, x).sums == first.sums);
          if (count > 9) {
            x[9] = nan;
            gate[9] = 1.f;
            CHECK(std::isnan(op.run(gate, x).sums[9 % columns]));
          }
        }
}

}  // namespace deepobs
