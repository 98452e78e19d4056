#include "problems/data/numpy_random.h"

#include <doctest/doctest.h>

#include <vector>

namespace deepobs {
namespace {

TEST_CASE("numpy random: the numbers of numpy.random.RandomState(42)") {
  NumpyRandom random(42);
  for (const double expected : {0.3745401188473625, 0.9507143064099162, 0.7319939418114051})
    CHECK(random.uniform() == expected);
  NumpyRandom normals(42);
  for (const double expected : {0.4967141530112327, -0.13826430117118466, 0.6476885381006925, 1.5230298564080254,
                                -0.23415337472333597, -0.23413695694918055})
    CHECK(normals.normal() == expected);
  // numpy.random.RandomState(0) and (4294967295), the first and the last seed: uniform()
  CHECK(NumpyRandom(0).uniform() == 0.5488135039273248);
  CHECK(NumpyRandom(4294967295u).uniform() == 0.0976320289940138);
}

TEST_CASE("numpy random: the kept second number of a pair survives uniform numbers, beyond the first 624 words too") {
  NumpyRandom random(42);
  const double first = random.normal();
  for (int i = 0; i < 1000; ++i) random.uniform();
  CHECK(first == 0.4967141530112327);
  CHECK(random.normal() == -0.13826430117118466);
  CHECK(random.uniform() == 0.8729458358764083);  // of numpy after the same calls
  CHECK(NumpyRandom(42).uniform(30, 60) == 30 + 30 * 0.3745401188473625);
}

}  // namespace
}  // namespace deepobs
