#include "tests/runner/training/plant.h"

#include <algorithm>
#include <limits>

#include "engine/graph/autodiff.h"

namespace deepobs {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

void plant_body(const Call& call) {
  const auto& plant = call.as<Plant>();
  std::copy_n(call.in[0].f32(), call.in[0].elements(), call.out[0].f32());
  if (call.step->step == plant.forward) call.out[0].f32()[plant.element] = nan;
}

void plant_gradient(const Node& node, Gradients& gradients) {
  const auto& plant = node.attributes.as<Plant>();
  gradients.give(0, planted(gradients.of_output(), {.forward = plant.backward, .element = plant.element}));
}

const Op plant_op{.name = "plant", .cpu = {plant_body, plant_body, plant_body}, .gradient = plant_gradient};

struct PlantingSgd {
  UpdateCut cut;
  std::int64_t offset, step;
};

void sgd_body(const Call& call) {
  const auto& rule = call.as<PlantingSgd>();
  float* parameters = call.in[0].f32();
  const float* gradients = call.in[1].f32();
  for (const auto& [begin, count] : rule.cut.pieces)
    for (std::int64_t i = begin; i < begin + count; ++i)
      parameters[i] -= static_cast<float>(call.step->learning_rate) * gradients[i];
  if (call.step->step == rule.step) parameters[rule.offset] = nan;
}

const Op sgd_op{.name = "planting_sgd", .cpu = {sgd_body, sgd_body, sgd_body}, .changes = 0b1};

}  // namespace

Value planted(Value x, const Plant& plant) {
  x.graph().set_label(plant.label);
  const Value y = x.graph().record_one(plant_op, {x}, x.shape(), Attributes::of(plant), Place::current());
  x.graph().set_label("");
  return y;
}

Optimizer planting_sgd(std::int64_t offset, std::int64_t step) {
  return {.name = "PlantingSGD",
          .source = "test",
          .usual_learning_rate = 0.1,
          .hyperparameters = {},
          .configure = [=](const Hyperparameters&) -> Update {
            return {.op = &sgd_op, .slots = {}, .carried = {}, .attributes = [=](UpdateSite site) {
                      return Attributes::of(PlantingSgd{std::move(site.cut), offset, step});
                    }};
          }};
}

}  // namespace deepobs
