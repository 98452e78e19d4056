#include <doctest/doctest.h>

#include <fstream>

#include "tests/cli/resumed_run.h"
#include "tests/runner/results/comparable_result.h"

// Checkpoints that another program or another run has written.

namespace deepobs::test {
namespace {

namespace fs = std::filesystem;

Words beale(const std::string& optimizer) {
  return {"run", "two_d_beale", "-o", optimizer, "--lr", "0.01", "--bs", "100", "-N", "40", "--output_dir", "results"};
}

/// The folder of the checkpoints of beale(optimizer).
fs::path folder_of(const std::string& optimizer) {
  return fs::path("results.work/checkpoints/two_d_beale") / optimizer /
         "num_epochs__40__batch_size__100__lr__1e-02/random_seed__42";
}

void put(const Workplace& place, const fs::path& file, const std::string& bytes) {
  fs::create_directories((place / file).parent_path());
  std::ofstream(place / file, std::ios::binary) << bytes;
}

TEST_CASE("resume: a checkpoint of every format that there was goes on to the bytes of a run that nobody stops") {
  const std::string whole = uninterrupted(beale("Adam"));
  int formats = 0;
  for (const auto& golden : fs::directory_iterator(DEEPOBS_SOURCE_DIR "/tests/golden/checkpoints")) {
    if (golden.path().extension() != ".safetensors") continue;
    INFO(golden.path().string());
    const Workplace place;
    put(place, folder_of("Adam") / "even.safetensors", content(golden.path()));
    const auto finished = run_program(resumed(beale("Adam")), {.folder = place.path()});
    INFO(finished.out, finished.err);
    CHECK(finished.status == 0);
    CHECK(finished.out.find("goes on from a checkpoint") != std::string::npos);
    CHECK(result_in(place) == whole);
    check_clean(place);
    ++formats;
  }
  CHECK(formats >= 1);
}

TEST_CASE("resume: a checkpoint of another optimizer or problem is refused with its name, and stays") {
  const std::string golden = content(DEEPOBS_SOURCE_DIR "/tests/golden/checkpoints/format_1.safetensors");
  const Workplace place;
  const auto file = folder_of("AdamW") / "even.safetensors";
  put(place, file, golden);
  const auto refused = run_program(resumed(beale("AdamW")), {.folder = place.path()});
  INFO(refused.err);
  CHECK(refused.status == 64);
  CHECK(refused.err.find("optimizer Adam there, AdamW here") != std::string::npos);
  CHECK(content(place / file) == golden);

  Words branin = beale("Adam");
  branin[1] = "two_d_branin";
  std::string other = file.string();
  other.replace(other.find("two_d_beale"), 11, "two_d_branin").replace(other.find("AdamW"), 5, "Adam");
  put(place, other, golden);
  const auto other_problem = run_program(resumed(branin), {.folder = place.path()});
  INFO(other_problem.err);
  CHECK(other_problem.status == 64);
  CHECK(other_problem.err.find("testproblem two_d_beale there, two_d_branin here") != std::string::npos);
  CHECK(content(place / other) == golden);
}

}  // namespace
}  // namespace deepobs::test
