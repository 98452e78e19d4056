#include "engine/run/cuda_library.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/error_of.h"
#include "tests/gpus_under_test.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

TEST_CASE("cuda library: a file that is not there is said to be, with how to get one") {
  const TempDir folder;
  check_error([&] { cuda_device({.library = folder / "libdeepobs_cuda.so"}); }, Fault::missing,
              {"there is no file", (folder / "libdeepobs_cuda.so").string(), "-DDEEPOBS_CUDA=ON"});
}

TEST_CASE("cuda library: a file that is no library, or another library, is refused") {
  const TempDir folder;
  const auto file = folder / "libdeepobs_cuda.so";
  std::ofstream(file) << "no library";
  check_error([&] { cuda_device({.library = file}); }, Fault::missing, {file.string(), "cannot be loaded"});
  check_error([&] { cuda_device({.library = "/lib/x86_64-linux-gnu/libm.so.6"}); }, Fault::missing,
              {"deepobs_cuda_entry"});
}

TEST_CASE("cuda library: without a name it is looked for beside the program and in the lib folders beside it") {
  const auto places = cuda_library_places();
  REQUIRE(places.size() >= 3);
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  CHECK(places[0] == folder / "libdeepobs_cuda.so");
  CHECK(places[1] == folder.parent_path() / "lib" / "libdeepobs_cuda.so");
  for (const auto& place : places)
    if (std::filesystem::exists(place)) return;  // this build has one there
  check_error([] { cuda_device(); }, Fault::missing, {"Looked for:", places[0].string(), places[1].string()});
}

TEST_CASE("cuda library: numbers that are none") {
  check_error([] { cuda_device({.gpu = -1}); }, Fault::usage, "a GPU's number is at least 0, not -1");
  check_error([] { cuda_device({.steps_a_launch = -1}); }, Fault::usage, "not -1");
  check_error([] { precision_of("fp8"); }, Fault::usage, "unknown precision 'fp8'; there are: fp32, tf32, bf16");
}

TEST_CASE("cuda library: the real one says what this machine lacks, or lists its GPUs") {
  if (real_cuda_library().empty()) {
    MESSAGE("skipped: ", why_no_real_gpu());
    return;
  }
  const GpuList list = list_gpus({.library = real_cuda_library()});
  if (list.library.empty()) {
    MESSAGE("skipped: ", list.trouble);  // its own libraries cannot be loaded
    return;
  }
  CHECK(list.library == real_cuda_library());
  CHECK(!list.cudnn.empty());
  if (list.trouble.empty()) {
    CHECK(!list.gpus.empty());
    CHECK(cuda_device({.library = real_cuda_library()})->info().kind == "cuda");
  } else {
    const bool reason =
        list.trouble.find("driver") != std::string::npos || list.trouble.find("none of the GPUs") != std::string::npos;
    CHECK_MESSAGE(reason, list.trouble);
    check_error([] { cuda_device({.library = real_cuda_library()}); }, Fault::missing, list.trouble);
  }
}

}  // namespace
}  // namespace deepobs
