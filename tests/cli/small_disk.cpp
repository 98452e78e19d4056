#include "tests/cli/small_disk.h"

#include <doctest/doctest.h>

#include "tests/cli/resumed_run.h"

namespace deepobs::test {

std::string goes_on_after_full_disks(int disks) {
  const std::vector<std::string> words = resumed("40", {"--output_dir", "disk/results"});
  std::string whole;
  {
    const Workplace place;
    REQUIRE(run_program(words, {.folder = place.path()}).status == 0);
    whole = result_in(place);
  }
  // A checkpoint has about 95 kB: the smallest disk has no room for one, the largest for all that is there at once.
  constexpr int smallest = 16, largest = 400;
  int full = 0, complete = 0, kept_checkpoint = 0;
  for (int i = 0; i < disks; ++i) {
    const std::string size = "size=" + std::to_string(smallest + (largest - smallest) * i / disks) + "k";
    INFO(size);
    const Workplace place;
    SmallDisk disk(place / "disk", size);
    if (!disk.mounted()) return disk.why();
    std::filesystem::create_directory(place / "data/tmp");
    const Start start{.folder = place.path(), .environment = {"TMPDIR=" + (place / "data/tmp").string()}};
    const auto first = run_program(words, start);
    INFO(first.err);
    if (first.status == 0) {
      ++complete;
    } else {
      ++full;
      CHECK(first.status == 74);
      CHECK(first.err.find("No space left on device") != std::string::npos);
      CHECK(first.err.find("disk/results") != std::string::npos);
      kept_checkpoint += !checkpoints_in(place).empty();
      disk.resize("size=8m");
      const auto second = run_program(words, start);
      INFO(second.out, second.err);
      CHECK(second.status == 0);
    }
    CHECK(result_in(place) == whole);
    check_clean(place);
  }
  CHECK(full >= disks / 3);
  CHECK(complete >= disks / 10);
  CHECK(kept_checkpoint > 0);
  return {};
}

}  // namespace deepobs::test
