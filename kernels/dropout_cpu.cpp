#include "engine/random.h"
#include "kernels/cpu_body.h"
#include "kernels/dropout_attributes.h"
#include "kernels/loops.h"

namespace deepobs::DEEPOBS_ISA {

void dropout(const Call& call) {
  constexpr std::int64_t group = 16;  // blocks drawn together, in the lanes of vectors
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  const DropoutAttributes attributes = call.as<DropoutAttributes>();
  const std::uint64_t seed = call.step->seed;
  const auto step = static_cast<std::uint64_t>(call.step->step);
  const std::int64_t count = call.out[0].elements();
  const std::int64_t blocks = (count + 3) / 4;

  // Four elements take about as long as a hundred additions.
  for_each_range(call, (blocks + group - 1) / group, 1600, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t g = begin; g < end; ++g) {
      float factor[4 * group];
      for (std::int64_t b = 0; b < group; ++b) {
        const RandomWords words =
            random_words(seed, Stream::dropout, attributes.sub_stream, step, static_cast<std::uint32_t>(g * group + b));
        for (std::size_t word = 0; word < 4; ++word)
          factor[4 * b + static_cast<std::int64_t>(word)] =
              uniform(words[word]) >= attributes.rate ? attributes.kept_factor : 0.f;
      }
      const std::int64_t first = 4 * group * g;
      const std::int64_t width = count - first < 4 * group ? count - first : 4 * group;
      // A dropped infinity or NaN is a zero too.
      for (std::int64_t i = 0; i < width; ++i) y[first + i] = factor[i] > 0.f ? x[first + i] * factor[i] : 0.f;
    }
  });
}

}  // namespace deepobs::DEEPOBS_ISA
