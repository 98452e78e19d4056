#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/cpu/sums.h"
#include "kernels/ops/functions/two_d_slopes.h"

namespace deepobs::DEEPOBS_ISA {

void two_d_loss(const Call& call) {
  const auto u = static_cast<double>(*call.in[0].f32()), v = static_cast<double>(*call.in[1].f32());
  const float* x = call.in[2].f32();
  const float* y = call.in[3].f32();
  float* loss = call.out[0].f32();
  const double f = plane_point(call.as<TwoD>(), u, v).f;
  for_each_element(call, call.out[0].elements(), [=](std::int64_t n) {
    loss[n] = static_cast<float>(f + (u * static_cast<double>(x[n]) + v * static_cast<double>(y[n])));
  });
}

void two_d_loss_gradient(const Call& call) {
  const auto u = static_cast<double>(*call.in[0].f32()), v = static_cast<double>(*call.in[1].f32());
  const float* dloss = call.in[4].f32();
  const std::int64_t count = call.in[4].elements();
  const PlanePoint at = plane_point(call.as<TwoD>(), u, v);
  const auto slope = [=](double along, const float* noise) {
    return static_cast<float>(sum_terms(0, count, [=](std::int64_t n) {
      return static_cast<double>(dloss[n]) * (along + static_cast<double>(noise[n]));
    }));
  };
  *call.out[0].f32() = slope(at.along_u, call.in[2].f32());
  *call.out[1].f32() = slope(at.along_v, call.in[3].f32());
}

}  // namespace deepobs::DEEPOBS_ISA
