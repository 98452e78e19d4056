#include "runner/bench/machine/other_load.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <fstream>
#include <thread>

namespace deepobs {
namespace {

// user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice: in ticks, here 100 a second.
const std::string before =
    "cpu  1000 100 200 5000 50 10 20 30 0 0\n"
    "cpu0 500 50 100 2500 25 5 10 15 0 0\n";

TEST_CASE("bench other load: what is neither idle nor our own is others'") {
  // 800 ticks: 400 of user, 10 nice, 20 system, 300 idle, 40 iowait, 5 irq, 10 softirq, 15 steal.
  const std::string after = "cpu  1400 110 220 5300 90 15 30 45 0 0\ncpu0 1 2 3\n";
  CHECK(*share_of_others(before, after, 0, 100) == doctest::Approx(460 / 800.));
  CHECK(*share_of_others(before, after, 4, 100) == doctest::Approx(60 / 800.));
  CHECK(*share_of_others(before, after, 0.4, 1000) == doctest::Approx(60 / 800.));
  CHECK(*share_of_others(before, after, 4.7, 100) == 0);  // ticks are coarser than our own time
}

TEST_CASE("bench other load: time that the host gave to other machines is others'") {
  CHECK(*share_of_others(before, "cpu  1100 100 200 5000 50 10 20 130 0 0\n", 1, 100) == doctest::Approx(0.5));
}

TEST_CASE("bench other load: time of guests is in that of users already") {
  CHECK(*share_of_others(before, "cpu  1100 100 200 5100 50 10 20 30 100 0\n", 0, 100) == doctest::Approx(0.5));
}

TEST_CASE("bench other load: nothing is known without readings, or without time between them") {
  const std::string after = "cpu  1400 110 220 5300 90 15 30 45 0 0";
  CHECK(share_of_others(before, after, 0, 100).has_value());
  CHECK_FALSE(share_of_others(before, before, 0, 100).has_value());
  CHECK_FALSE(share_of_others(after, before, 0, 100).has_value());
  CHECK_FALSE(share_of_others("", after, 0, 100).has_value());
  for (const char* bad : {"", "cpu", "cpu0 1400 110 220 5300 90 15 30 45 0 0", "cpu 1400 110 220 5300 90 15 30",
                          "cpu  1400 x 220 5300 90 15 30 45", "cpu  1400 110 220 5300 90 15 30 99999999999999999999"}) {
    INFO(bad);
    CHECK_FALSE(share_of_others(before, bad, 0, 100).has_value());
  }
}

TEST_CASE("bench other load: a warning from 5 % on") {
  CHECK(other_load_warning({}).empty());
  CHECK(other_load_warning(0.05).empty());
  CHECK(other_load_warning(0.124) == "WARNING: other programs used 12% of the machine during these measurements");
}

double own_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

TEST_CASE("bench other load: our own threads are not others") {
  std::ifstream file("/proc/stat");
  int processors = 0;
  for (std::string line; std::getline(file, line);) processors += line.starts_with("cpu") && line[3] != ' ';
  if (processors == 0) {
    MESSAGE("skipped: this system does not tell what its processors do");
    return;
  }
  const OtherLoad others;
  CHECK_FALSE(others.share().has_value());  // too early
  const Stopwatch watch;
  const double own_before = own_seconds();
  {
    std::vector<std::jthread> busy;
    for (int i = 0; i < processors; ++i)
      busy.emplace_back([&] {
        while (watch.seconds() < 0.7) continue;
      });
  }
  const double own = (own_seconds() - own_before) / (watch.seconds() * processors);
  const auto share = others.share();
  REQUIRE(share.has_value());
  INFO("own ", own, ", others ", *share);
  CHECK(*share >= 0);
  CHECK(*share + own < 1.1);
}

}  // namespace
}  // namespace deepobs
