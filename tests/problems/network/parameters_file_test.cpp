#include "problems/network/parameters_file.h"

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

TEST_CASE("parameters_file: statistics are saved behind the parameters, and a file may lack them") {
  Store store;
  store.parameter("norm.weight", {2}, Border::plain({2}), {});
  const int mean = store.buffer({.name = "norm.running_mean", .role = Role::statistics, .shape = {2}});
  const int var = store.buffer({.name = "norm.running_var", .role = Role::statistics, .shape = {2}, .fill = 1});
  store.buffer({.name = "hidden", .role = Role::carried, .shape = {2}});  // no part of a model's file
  const auto device = cpu_device({.threads = 1});
  Storage storage(*device, store), other(*device, store);
  storage.set_parameter(store.parameters()[0], std::vector{1.f, 2.f});
  storage.write<float>(mean, std::vector{3.f, 4.f});
  storage.write<float>(var, std::vector{5.f, 6.f});
  const auto content = [&](const Storage& of, int buffer) {
    std::vector<float> values(2);
    of.read<float>(buffer, values);
    return values;
  };

  const TempDir folder;
  const auto file = folder.path() / "norm.safetensors";
  save_parameters(file, storage);
  const auto tensors = read_safetensors(file);
  REQUIRE(tensors.size() == 3);
  CHECK(tensors[0].name == "norm.weight");
  CHECK(tensors[1].name == "norm.running_mean");
  CHECK(tensors[2].name == "norm.running_var");
  load_parameters(file, other);
  CHECK(content(other, mean) == std::vector{3.f, 4.f});
  CHECK(content(other, var) == std::vector{5.f, 6.f});

  write_safetensors(file, std::vector<NamedTensor>{{"norm.weight", {2}, {7, 8}}, {"norm.running_var", {2}, {9, 10}}});
  load_parameters(file, other);
  CHECK(other.parameter(store.parameters()[0]) == std::vector{7.f, 8.f});
  CHECK(content(other, mean) == std::vector{3.f, 4.f});  // as it was
  CHECK(content(other, var) == std::vector{9.f, 10.f});

  write_safetensors(file, std::vector<NamedTensor>{{"norm.weight", {2}, {7, 8}}, {"norm.running_var", {1}, {9}}});
  check_error([&] { load_parameters(file, other); }, Fault::data, "'norm.running_var' is [1] in the file, [2] in");
  write_safetensors(file, std::vector<NamedTensor>{{"norm.weight", {2}, {7, 8}}, {"hidden", {2}, {9, 9}}});
  check_error([&] { load_parameters(file, other); }, Fault::data, "the model has no: hidden");
}

}  // namespace
}  // namespace deepobs
