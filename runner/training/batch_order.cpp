#include "runner/training/batch_order.h"

#include <algorithm>
#include <numeric>

#include "engine/base/check.h"

namespace deepobs {

std::vector<std::int32_t> file_order(std::int64_t count) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

std::vector<std::int32_t> shuffled_order(std::int64_t count, std::int64_t first, std::uint64_t seed, Stream stream,
                                         std::uint64_t when) {
  require(first >= 0 && first <= count, Fault::internal, first, " entries of a permutation of ", count);
  auto order = file_order(count);
  for (std::int64_t i = 0; i < first; ++i) {
    // 53 random bits scaled to what is left: the bias, below 2^-30, is beyond any measurement.
    const auto words = random_words(seed, stream, 0, when, static_cast<std::uint32_t>(i));
    const auto bits = ((std::uint64_t{words[0]} << 32) | words[1]) >> 11;
    const auto pick =
        i + static_cast<std::int64_t>(static_cast<double>(bits) * 0x1p-53 * static_cast<double>(count - i));
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(pick)]);
  }
  order.resize(static_cast<std::size_t>(first));
  return order;
}

}  // namespace deepobs
