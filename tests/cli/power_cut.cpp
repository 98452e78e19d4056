#include "tests/cli/power_cut.h"

#include <doctest/doctest.h>

#include <random>

#include "tests/cli/disk_record.h"
#include "tests/cli/resumed_run.h"
#include "tests/runner/results/comparable_result.h"

namespace deepobs::test {

bool recovers_from_power_cuts(int times) {
  const std::vector<std::string> words{"run",  "two_d_beale", "-o", "Adam", "--lr",      "0.01",
                                       "--bs", "128",         "-N", "2",    "--threads", "1"};
  const std::string whole = uninterrupted(words);
  const Workplace recorded;
  const auto record = DiskRecord::of(DEEPOBS_PROGRAM, resumed(words), recorded.path());
  if (!record) return false;
  CHECK(record->calls() > 100);
  CHECK(result_in(recorded) == whole);

  std::mt19937 random(17);
  int with_checkpoint = 0, with_result = 0;
  for (int i = 0; i < times; ++i) {
    // Every second one while the result is published, and some behind the end.
    const std::size_t calls = record->calls(), last = i % 2 == 0 ? calls / 4 : calls;
    const std::size_t done = i % 10 == 0 ? calls : calls - random() % (last + 1);
    INFO("cut number ", i, ", behind ", done, " of ", record->calls(), " calls");
    const Workplace place;
    record->leave(place.path(), done, random);
    with_checkpoint += !checkpoints_in(place).empty();
    for (const auto& name : place.written())  // no analyzer finds a setting without a run
      CHECK_FALSE((name.starts_with("results/") && std::filesystem::is_directory(place / name) &&
                   std::filesystem::is_empty(place / name)));
    if (!results_in(place).empty() || done == record->calls()) {
      CHECK(result_in(place) == whole);
      ++with_result;
    }
    const auto finished = run_program(resumed(words), {.folder = place.path()});
    INFO(finished.out, finished.err);
    CHECK(finished.status == 0);
    CHECK(result_in(place) == whole);
    check_clean(place);
  }
  CHECK(with_checkpoint > times / 4);
  CHECK(with_result >= times / 10);
  return true;
}

}  // namespace deepobs::test
