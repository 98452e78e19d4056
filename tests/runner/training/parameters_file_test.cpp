#include "runner/training/parameters_file.h"

#include <doctest/doctest.h>

#include "tests/error_of.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

TEST_CASE("parameters_file: parameters that nobody gave values are not saved") {
  Store store;
  store.parameter("w", {2}, Border::plain({2}), {});
  const auto device = cpu_device({.threads = 1});
  Storage storage(*device, store);
  const TempDir folder;
  const auto file = folder.path() / "w.safetensors";
  check_error([&] { save_parameters(file, storage); }, Fault::usage, "parameter 'w' has no values yet");
  CHECK_FALSE(std::filesystem::exists(file));

  storage.set_parameter(store.parameters()[0], std::vector{1.f, 2.f});
  save_parameters(file, storage);
  Storage other(*device, store);
  load_parameters(file, other);
  CHECK(other.parameter(store.parameters()[0]) == std::vector{1.f, 2.f});
}

}  // namespace
}  // namespace deepobs
