#include "tests/gpus_under_test.h"

#include <doctest/doctest.h>

#include "tests/error_of.h"

namespace deepobs {
namespace {

std::string there() { return ""; }
std::string missing() { return "there is no driver"; }
std::string not_asked() { fail(Fault::internal, "a real GPU was looked for"); }

std::vector<std::string> names_of(const std::vector<GpuUnderTest>& gpus) {
  std::vector<std::string> names;
  for (const auto& gpu : gpus) names.push_back(gpu.name);
  return names;
}
using Names = std::vector<std::string>;

TEST_CASE("gpus under test: the real one comes first, and either can be chosen alone") {
  CHECK(names_of(chosen_gpus("all", true, there)) == Names{"GPU", "emulated GPU"});
  CHECK(names_of(chosen_gpus("all", true, missing)) == Names{"emulated GPU"});
  CHECK(names_of(chosen_gpus("all", false, there)) == Names{"GPU"});
  CHECK(names_of(chosen_gpus("all", false, missing)).empty());
  CHECK(names_of(chosen_gpus("real", true, there)) == Names{"GPU"});
  CHECK(names_of(chosen_gpus("emulated", true, not_asked)) == Names{"emulated GPU"});
}

TEST_CASE("gpus under test: what was chosen and is not there, or is no choice, is an error") {
  check_error([] { chosen_gpus("real", true, missing); }, Fault::missing, "but there is no driver");
  check_error([] { chosen_gpus("emulated", false, there); }, Fault::missing, "-DDEEPOBS_EMULATED_GPU=ON");
  check_error([] { chosen_gpus("both", true, there); }, Fault::usage, "real, emulated or all, not 'both'");
  check_error([] { chosen_gpus("", true, there); }, Fault::usage, "not ''");
}

}  // namespace
}  // namespace deepobs
