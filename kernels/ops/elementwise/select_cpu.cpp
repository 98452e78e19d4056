#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

/// use(the operand as a function of the index): the loop knows when it is compiled which operands are repeated.
template <class Use>
void with_elements(const View& operand, bool repeated, const Use& use) {
  const float* x = operand.f32();
  if (repeated)
    use([one = *x](std::int64_t) { return one; });
  else
    use([x](std::int64_t i) { return x[i]; });
}

}  // namespace

void select(const Call& call) {
  float* y = call.out[0].f32();
  const std::int64_t count = call.out[0].elements();
  if (count == 0) return;
  const auto repeated = [&](int i) { return call.in[static_cast<std::size_t>(i)].shape.rank() == 0; };
  with_elements(call.in[0], repeated(0), [&](auto condition) {
    with_elements(call.in[1], repeated(1), [&](auto a) {
      with_elements(call.in[2], repeated(2), [&](auto b) {
        for_each_element(call, count, [=](std::int64_t i) {
          const float first = a(i), second = b(i);  // both are read: a load under a condition would stop vectors
          y[i] = condition(i) > 0.f ? first : second;
        });
      });
    });
  });
}

}  // namespace deepobs::DEEPOBS_ISA
