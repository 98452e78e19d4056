#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/ops/elementwise/unary_attributes.h"
#include "kernels/ops/elementwise/unary_functions.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

template <class Function>
void map(const Call& call, Function function) {
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  for_each_element(call, call.out[0].elements(), [=](std::int64_t i) { y[i] = function(x[i]); });
}

}  // namespace

void exp(const Call& call) { map(call, ExpOf()); }
void log(const Call& call) { map(call, LogOf()); }
void sqrt(const Call& call) { map(call, RootOf()); }
void rsqrt(const Call& call) { map(call, ReciprocalRootOf()); }
void absolute(const Call& call) { map(call, SizeOf()); }
void sign(const Call& call) { map(call, SignOf()); }
void power(const Call& call) { map(call, PowerOf{call.as<PowerExponent>().exponent}); }

}  // namespace deepobs::DEEPOBS_ISA
