#include "runner/training/validation_split.h"

#include <algorithm>
#include <iterator>

#include "runner/training/batch_order.h"

namespace deepobs {

ValidationSplit split_for_validation(std::int64_t count, std::int64_t held_out, std::uint64_t seed, DataOrder order) {
  if (order == DataOrder::sequential) {
    auto rows = file_order(count);
    const auto cut = rows.begin() + static_cast<std::ptrdiff_t>(count - held_out);
    return {{rows.begin(), cut}, {cut, rows.end()}};
  }
  ValidationSplit split{{}, shuffled_order(count, held_out, seed, Stream::validation, 0)};
  std::vector<bool> held(static_cast<std::size_t>(count));
  for (const auto row : split.validation) held[static_cast<std::size_t>(row)] = true;
  std::ranges::copy_if(file_order(count), std::back_inserter(split.training),
                       [&](std::int32_t row) { return !held[static_cast<std::size_t>(row)]; });
  return split;
}

}  // namespace deepobs
