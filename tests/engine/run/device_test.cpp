#include "engine/run/device.h"

#include <doctest/doctest.h>

#include <cstring>

#include "tests/engine/graph/tiny_ops.h"
#include "tests/engine/run/executors.h"
#include "tests/engine/run/small_mlp.h"
#include "tests/error_of.h"

namespace deepobs {
namespace {

TEST_CASE("device: a device says what a record must hold of it") {
  const auto info = cpu_device({.threads = 3, .use_tbb = false, .isa = Isa::portable})->info();
  CHECK(info.kind == "cpu");
  CHECK_FALSE(info.name.empty());
  CHECK(info.threads == 3);
  CHECK(info.simd == "portable");
  CHECK(info.precision == "fp32");
  CHECK(cpu_device({.threads = 1})->info().simd == name_of(best_isa()));
}

TEST_CASE("device: an instruction set that the machine lacks is refused") {
  for (int isa = 0; isa < isa_count; ++isa) {
    const CpuOptions options{.threads = 1, .isa = static_cast<Isa>(isa)};
    if (options.isa <= best_isa())
      CHECK(cpu_device(options)->info().simd == name_of(options.isa));
    else
      check_error([&] { cpu_device(options); }, Fault::usage, "this machine's best instruction set is");
  }
}

TEST_CASE("device: memory is copied in, within and out, unchanged") {
  const auto device = cpu_device({.threads = 1});
  const DeviceMemory first(*device, 100), second(*device, 100);
  std::vector<unsigned char> bytes(100), back(100);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(3 * i);
  device->copy_in(first.data(), bytes.data(), 100);
  device->copy(second.data(), first.data(), 100);
  device->copy_out(back.data(), second.data(), 100);
  CHECK(back == bytes);
  CHECK(reinterpret_cast<std::uintptr_t>(first.data()) % 64 == 0);
}

TEST_CASE("device: memory moves with its owner and goes with it once") {
  const auto device = cpu_device({.threads = 1});
  DeviceMemory first(*device, 64);
  void* const data = first.data();
  DeviceMemory second(std::move(first));
  CHECK(second.data() == data);
  CHECK(second.bytes() == 64);
  DeviceMemory third(*device, 32);
  third = std::move(second);
  CHECK(third.data() == data);
  CHECK(third.bytes() == 64);
  CHECK(DeviceMemory(*device, 0).data() == nullptr);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // their allocators end the program instead
TEST_CASE("device: memory that cannot be had is an error that says how much") {
  const auto device = cpu_device({.threads = 1});
  check_error([&] { device->allocate(std::int64_t{1} << 60); }, Fault::memory, "no 1152921504606846976 bytes");
  // A parameter of 2^40 floats can be declared; its memory cannot be had.
  Store store;
  const Shape most{std::int64_t{1} << 40};
  store.parameter("w", most, Border::plain(most), {});
  store.buffer({.name = "more", .type = Type::f64, .shape = most});
  CHECK(error_of([&] {
          std::vector<Storage> all;
          for (int i = 0; i < 32; ++i) all.emplace_back(*device, store);  // 512 TiB, beyond any address space
        }).fault() == Fault::memory);
}
#endif

TEST_CASE("device: an op without a body for the device is refused when the program is made") {
  static const Op half_done{.name = "half_done", .cpu = {[](const Call&) {}, nullptr, nullptr}};
  if (best_isa() == Isa::portable) return;
  Store store;
  Graph graph(store);
  graph.record_one(half_done, {graph.input("x", Type::f32, {1})}, {1}, {}, Place::current());
  const Plan plan = make_plan(graph);
  const auto device = cpu_device({.threads = 1});
  Storage storage(*device, store);
  check_error([&] { Program(graph, plan, storage); }, Fault::internal, "op 'half_done' has no body for");
}

TEST_CASE("device: a training step has the same bits for any number of threads of either kind") {
  const SmallMlp mlp;
  const auto wanted = trained_bits(mlp, {.threads = 1, .use_tbb = false}, 1);
  for (const bool tbb : executor_kinds())
    for (const int threads : {1, 2, 3, 5, 8}) {
      CAPTURE(tbb);
      CAPTURE(threads);
      CHECK(trained_bits(mlp, {.threads = threads, .use_tbb = tbb}, 1) == wanted);
    }
}

}  // namespace
}  // namespace deepobs
