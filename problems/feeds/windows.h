#pragma once

#include <memory>

#include "problems/feeds/feed.h"

namespace deepobs {

/// Windows of a text, or another sequence: a set whose one column has a number for every record. The records of a part
/// are cut into as many streams as a mini-batch has rows, each of neighbours; mini-batch b is window b of every stream,
/// so a recurrent network carries its state from each mini-batch to the next. In training and in evaluation the order
/// is that of the text.
///
/// The batch has `inputs` and `targets`, [batch, length] of i32: the targets are the numbers that follow the inputs.
std::shared_ptr<const Feed> windows(std::int64_t length);

}  // namespace deepobs
