#include "engine/run/step_counter.h"

#include <doctest/doctest.h>

namespace deepobs {
namespace {

TEST_CASE("step counter: steps that follow one another need not be told") {
  StepCounter counter;
  const StepBlock first{.seed = 7, .step = 100, .batch = 3, .learning_rate = 0.1};
  CHECK_FALSE(counter.stands_at(first));
  counter.passed(first, 5);
  CHECK(counter.stands_at({.seed = 7, .step = 105, .batch = 8, .learning_rate = 0.1}));
  CHECK_FALSE(counter.stands_at({.seed = 7, .step = 105, .batch = 0, .learning_rate = 0.1}));   // a new epoch
  CHECK_FALSE(counter.stands_at({.seed = 7, .step = 105, .batch = 8, .learning_rate = 0.01}));  // another rate
  CHECK_FALSE(counter.stands_at({.seed = 8, .step = 105, .batch = 8, .learning_rate = 0.1}));
  counter.forget();
  CHECK_FALSE(counter.stands_at({.seed = 7, .step = 105, .batch = 8, .learning_rate = 0.1}));
}

TEST_CASE("step counter: several steps are launched as large ones first, then single ones") {
  for (const std::int64_t large : {1, 2, 7, 32})
    for (const std::int64_t steps : {0, 1, 2, 6, 7, 8, 64, 467}) {
      const auto cut = cut_launches(steps, large);
      CHECK(cut.large * large + cut.single == steps);
      CHECK(cut.single < std::max<std::int64_t>(large, 2) + (large == 1 ? steps : 0));
    }
  CHECK(cut_launches(-1, 4).large + cut_launches(-1, 4).single == 0);
}

TEST_CASE("step counter: a launch has some hundred nodes, and few steps where each has many") {
  CHECK(good_steps_a_launch(0) == 32);
  CHECK(good_steps_a_launch(15) == 32);
  CHECK(good_steps_a_launch(60) == 8);
  CHECK(good_steps_a_launch(10'000) == 1);
}

TEST_CASE("step counter: a portion of launches becomes some milliseconds of work, whatever a launch takes") {
  for (const double launch : {0.001, 0.07, 0.4, 3., 30.}) {  // milliseconds
    CAPTURE(launch);
    std::int64_t portion = 1;
    for (int i = 0; i < 20; ++i) portion = good_portion(portion, static_cast<double>(portion) * launch);
    CHECK(portion == (launch == 0.001 ? 1024 : launch == 0.07 ? 128 : launch == 0.4 ? 16 : launch == 3. ? 2 : 1));
  }
  CHECK(good_portion(1, 1000.) == 1);
}

}  // namespace
}  // namespace deepobs
