#pragma once

namespace deepobs {

struct ConcatenateAttributes {
  int axis = 0;
};

}  // namespace deepobs
