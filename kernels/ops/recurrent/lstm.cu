#include "kernels/cuda/loops.h"
#include "kernels/cuda/reduce.h"
#include "kernels/ops/recurrent/lstm_attributes.h"

namespace deepobs {
namespace {

// A launch for each step, and two for each step back: within one all units and sequences go on at once.

constexpr unsigned units_at_once = 32,
                   sequences_at_once = 4;  // threads of a block: neighbouring ones have neighbouring units

struct Step {
  const float *sums, *weight, *h0, *c0;
  float *gates, *y, *before_h, *before_c, *last_h, *last_c;
  std::int64_t sequences, steps, units, t, unit_blocks;
  float forget_bias;

  __device__ void operator()(std::int64_t block) const {
    const std::int64_t j = block % unit_blocks * units_at_once + threadIdx.x % units_at_once;
    const std::int64_t n = block / unit_blocks * sequences_at_once + threadIdx.x / units_at_once;
    if (j >= units || n >= sequences) return;
    const std::int64_t place = n * steps + t, width = 4 * units;
    const float* h = t > 0 ? y + (place - 1) * units : h0 + n * units;
    const float c = t > 0 ? last_c[n * units + j] : c0[n * units + j];
    float z[4];
    for (int q = 0; q < 4; ++q) z[q] = 0.f;
    for (std::int64_t k = 0; k < units; ++k)
      for (int q = 0; q < 4; ++q) z[q] = multiply_add(h[k], weight[k * width + q * units + j], z[q]);
    for (int q = 0; q < 4; ++q) z[q] += sums[place * width + q * units + j];
    const LstmUnit unit = LstmUnit::of(z[0], z[1] + forget_bias, z[2], z[3], c);
    float* gate = gates + place * width + j;
    gate[0] = unit.i;
    gate[units] = unit.f;
    gate[2 * units] = unit.g;
    gate[3 * units] = unit.o;
    before_h[place * units + j] = h[j];
    before_c[place * units + j] = c;
    y[place * units + j] = unit.h;
    last_h[n * units + j] = unit.h;
    last_c[n * units + j] = unit.c;
  }
};

void copy(const CudaQueue& queue, const float* from, float* to, std::int64_t count) {
  for_each_element(queue, count, [=] __device__(std::int64_t i) { to[i] = from[i]; });
}

}  // namespace

DEEPOBS_CUDA_BODY(lstm_recurrence) {
  const std::int64_t sequences = call.in[0].shape[0], steps = call.in[0].shape[1], units = call.in[1].shape[0];
  Step step{call.in[0].f32(),
            call.in[1].f32(),
            call.in[2].f32(),
            call.in[3].f32(),
            call.out[0].f32(),
            call.out[1].f32(),
            call.out[2].f32(),
            call.out[3].f32(),
            call.out[4].f32(),
            call.out[5].f32(),
            sequences,
            steps,
            units,
            0,
            blocks_of(units, units_at_once),
            call.as<RecurrenceAttributes>().forget_bias};
  if (steps == 0) {
    copy(queue, step.h0, step.last_h, sequences * units);
    copy(queue, step.c0, step.last_c, sequences * units);
  }
  for (; step.t < steps; ++step.t)
    for_each_block(queue,
                   {.blocks = step.unit_blocks * blocks_of(sequences, sequences_at_once),
                    .threads = units_at_once * sequences_at_once},
                   step);
}

DEEPOBS_CUDA_BODY(lstm_recurrence_gradient) {
  const float *dy = call.in[0].f32(), *gates = call.in[3].f32(), *before_c = call.in[4].f32();
  const float* weight = call.in[5].f32();
  float *dsums = call.out[0].f32(), *dh = call.out[1].f32(), *dc = call.out[2].f32();
  const std::int64_t sequences = call.in[0].shape[0], steps = call.in[0].shape[1], units = call.in[0].shape[2];
  const std::int64_t width = 4 * units, states = sequences * units;
  copy(queue, call.in[1].f32(), dh, states);
  copy(queue, call.in[2].f32(), dc, states);
  for (std::int64_t t = steps - 1; t >= 0; --t) {
    for_each_element(queue, states, [=] __device__(std::int64_t state) {
      const auto [n, j] = divided(state, units);
      const std::int64_t place = n * steps + t;
      const float* gate = gates + place * width + j;
      const float i = gate[0], f = gate[units], g = gate[2 * units], o = gate[3 * units];
      const float c = before_c[place * units + j], tanh_c = tanh_f32(multiply_add(f, c, i * g));
      const auto d = LstmUnitGradient::of(i, f, g, o, c, tanh_c, dy[place * units + j] + dh[state], dc[state]);
      float* dz = dsums + place * width + j;  // perhaps where the gates are
      dz[0] = d.zi;
      dz[units] = d.zf;
      dz[2 * units] = d.zg;
      dz[3 * units] = d.zo;
      dc[state] = d.c_before;
    });
    for_each_row(queue, states, [=] __device__(std::int64_t i, int lane) {
      const auto [n, j] = divided(i, units);
      const float *dz = dsums + (n * steps + t) * width, *row = weight + j * width;
      float mine = 0.f;
      for (std::int64_t k = lane; k < width; k += 32) mine = multiply_add(dz[k], row[k], mine);
      mine = warp_sum(mine);
      if (lane == 0) dh[i] = mine;
    });
  }
}

}  // namespace deepobs
