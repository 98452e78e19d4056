#include "engine/cuda/cuda_objects.h"

#include <doctest/doctest.h>

#include <type_traits>

#include "engine/tensor/random.h"

namespace deepobs {

TEST_CASE("cuda objects: a stream of CUDA's and one of random numbers can be named in one file") {
  CHECK(!std::is_same_v<CudaStream, Stream>);
}

}  // namespace deepobs
