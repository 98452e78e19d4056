#include <dlfcn.h>
#include <doctest/doctest.h>

#include "engine/cuda_device.h"
#include "engine/program.h"
#include "kernels/algebra.h"
#include "kernels/linear.h"
#include "kernels/log_scalar.h"
#include "kernels/reduce.h"
#include "tests/error_of.h"
#include "tests/gpus_under_test.h"

namespace deepobs {
namespace {

/// The emulated machine, changed for the length of a test.
class Emulated {
 public:
  explicit Emulated(const char* what, long value) : what_(what) {
    void* library = dlopen(emulated_cuda_library().c_str(), RTLD_NOW | RTLD_LOCAL);
    REQUIRE(library != nullptr);
    emulate_ = reinterpret_cast<long (*)(const char*, long)>(dlsym(library, "deepobs_emulate"));
    const bool found = emulate_ != nullptr;
    REQUIRE(found);
    before_ = emulate_(what, value);
  }
  ~Emulated() { emulate_(what_, before_); }

 private:
  const char* what_;
  long (*emulate_)(const char*, long) = nullptr;
  long before_ = 0;
};

bool emulation_is_missing() {
  if (!emulated_cuda_library().empty()) return false;
  MESSAGE("skipped: ", why_no_real_gpu());
  return true;
}

std::unique_ptr<Device> emulated_device() { return cuda_device({.library = emulated_cuda_library()}); }

TEST_CASE("gpu device: no driver, an old one, no GPU, a number too high: each is said") {
  if (emulation_is_missing()) return;
  {
    const Emulated machine("driver", 0);
    check_error(emulated_device, Fault::missing, "there is no NVIDIA driver on this machine");
    CHECK(list_gpus({.library = emulated_cuda_library()}).trouble == "there is no NVIDIA driver on this machine");
  }
  {
    const Emulated machine("driver", 11080);
    check_error(emulated_device, Fault::missing, {"the NVIDIA driver is for CUDA 11.8", "install a newer driver"});
  }
  {
    const Emulated machine("gpus", 0);
    check_error(emulated_device, Fault::missing, "finds no GPU");
  }
  check_error([] { cuda_device({.library = emulated_cuda_library(), .gpu = 1}); }, Fault::missing,
              {"there is no GPU 1", "has 1"});
}

TEST_CASE("gpu device: what it says of itself") {
  if (emulation_is_missing()) return;
  const GpuList list = list_gpus({.library = emulated_cuda_library()});
  REQUIRE(list.gpus.size() == 1);
  CHECK(list.trouble.empty());
  CHECK(list.gpus[0].name == "Emulated GPU");
  CHECK(list.gpus[0].architecture == "sm_90");
  CHECK(list.gpus[0].bytes == std::int64_t{2} << 30);
  CHECK(list.driver == "13.0");
  const DeviceInfo info = cuda_device({.library = emulated_cuda_library(), .precision = Precision::tf32})->info();
  CHECK(info.kind == "cuda");
  CHECK(info.precision == "tf32");
  CHECK(info.algorithms.empty());
  CHECK(info.versions.size() == 4);
}

TEST_CASE("gpu device: out of memory names what was asked for and what is free") {
  if (emulation_is_missing()) return;
  const auto device = emulated_device();
  const Emulated machine("memory", 1 << 20);
  const DeviceMemory some(*device, 1000);
  check_error([&] { device->allocate(std::int64_t{3} << 20); }, Fault::memory,
              {"no 3145728 bytes", "of its 1048576 bytes are free"});
  const DeviceMemory more(*device, 1000);  // it goes on working
}

/// x w + b logged at the step's place, times the learning rate: something that shows step, batch and order.
struct Logged {
  explicit Logged(const GpuUnderTest& gpu, const CudaOptions& options) : device(gpu.device(options)) {
    const Value x = graph.parameter("x", {2, 3}, [](std::span<float> v, std::uint64_t, std::uint32_t) {
      for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<float>(i) * 0.25f;
    });
    log = store.buffer({.name = "log", .shape = {100}, .fill = -1});
    const Value twice = add(x, x);
    const Value other = multiply(x, x);  // needs nothing of `twice`
    log_scalar(sum(add(twice, other)), log);
    plan = make_plan(graph);
    storage = std::make_unique<Storage>(*device, store);
    storage->initialize(0);
    program = std::make_unique<Program>(graph, plan, *storage);
  }
  std::vector<float> read() const {
    std::vector<float> values(100);
    storage->read(log, std::span(values));
    return values;
  }
  Store store;
  Graph graph{store};
  std::unique_ptr<Device> device;
  int log = -1;
  Plan plan;
  std::unique_ptr<Storage> storage;
  std::unique_ptr<Program> program;
};

TEST_CASE("gpu device: launches of several steps and of one, watched steps and jumps write the places they should") {
  for (const auto& gpu : gpus_under_test())
    for (const bool overlap : {false, true})
      for (const int steps : {0, 1, 3}) {
        CAPTURE(gpu.name);
        CAPTURE(overlap);
        CAPTURE(steps);
        Logged logged(gpu, {.overlap = overlap, .steps_a_launch = steps});
        logged.program->run_several({.batch = 0}, 7);   // 0 ... 6
        logged.program->run({.step = 7, .batch = 7});   // goes on by itself
        logged.program->run({.step = 1, .batch = 20});  // a jump
        logged.program->run_watched({.batch = 30}, [](const Node&) { return true; });
        logged.program->run_several({.batch = 31}, 2);
        logged.program->run_several({.batch = 40}, 0);
        logged.program->run({.batch = 100});  // outside: nothing is written
        std::vector<float> wanted(100, -1.f);
        const float value = 2.f * 3.75f + 0.0625f * (0 + 1 + 4 + 9 + 16 + 25);
        for (const int place : {0, 1, 2, 3, 4, 5, 6, 7, 20, 30, 31, 32})
          wanted[static_cast<std::size_t>(place)] = value;
        CHECK(logged.read() == wanted);
      }
  if (gpus_under_test().empty()) MESSAGE("skipped: ", why_no_real_gpu());
}

TEST_CASE("gpu device: a captured step tells its launches and the longest chain of them, and runs nothing") {
  for (const auto& gpu : gpus_under_test())
    for (const bool overlap : {false, true}) {
      CAPTURE(gpu.name);
      CAPTURE(overlap);
      Logged logged(gpu, {.overlap = overlap});
      const auto step = logged.program->captured_step();
      REQUIRE(step.has_value());
      // The step's number, x + x and x x beside each other, their sum, the sum of that (one launch or two), the log.
      CHECK(step->launches >= 6);
      CHECK(step->in_a_row == step->launches - (overlap ? 1 : 0));
      CHECK(step->edges == step->launches - 1 + (overlap ? 1 : 0));
      CHECK(step->early_edges == 0);
      CHECK(logged.read() == std::vector<float>(100, -1.f));
      logged.program->run({.batch = 3});  // as if nobody had asked
      CHECK(logged.read()[3] > 0);
    }
  if (gpus_under_test().empty()) MESSAGE("skipped: ", why_no_real_gpu());
}

TEST_CASE("gpu device: every call is measured alone, on the operands of a step") {
  for (const auto& gpu : gpus_under_test()) {
    CAPTURE(gpu.name);
    Logged logged(gpu, {});
    const auto seconds = logged.program->node_seconds({.batch = 5});
    CHECK(seconds.size() == 5);  // x + x, x x, their sum, the sum of that, the log
    for (const double each : seconds) CHECK(each > 0);
    // The log's own place and no other one; what stands there is no step's, since the sum was added in place many times.
    auto measured = logged.read();
    CHECK(measured[5] > 0);
    measured[5] = -1;
    CHECK(measured == std::vector<float>(100, -1.f));
    logged.program->run({.batch = 6});  // as if nothing had been measured
    CHECK(logged.read()[6] == 2.f * 3.75f + 0.0625f * (0 + 1 + 4 + 9 + 16 + 25));
  }
  if (gpus_under_test().empty()) MESSAGE("skipped: ", why_no_real_gpu());
}

TEST_CASE("gpu device: an op without a body for a GPU is named when the program is prepared") {
  if (emulation_is_missing()) return;
  const auto device = emulated_device();
  Store store;
  Graph graph(store);
  const Op odd{.name = "no_such_op", .cpu = {[](const Call&) {}, [](const Call&) {}, [](const Call&) {}}};
  graph.record_one(odd, {}, {1}, {}, Place::current());
  const Plan plan = make_plan(graph);
  Storage storage(*device, store);
  check_error([&] { Program(graph, plan, storage); }, Fault::internal, "op 'no_such_op' has no body for a GPU");
}

TEST_CASE("gpu device: algorithms are listed, and taken over where they were listed before") {
  if (emulation_is_missing()) return;
  const auto algorithms_of = [](std::vector<std::string> before) {
    const auto device = cuda_device({.library = emulated_cuda_library(), .algorithms = std::move(before)});
    Store store;
    Graph graph(store);
    graph.keep(linear(graph.input("x", Type::f32, {5, 77}), graph.input("w", Type::f32, {77, 3}),
                      graph.input("b", Type::f32, {3})));
    const Plan plan = make_plan(graph);
    Storage storage(*device, store);
    const Program program(graph, plan, storage);
    return device->info().algorithms;
  };
  const std::string key = "product 5x77x3 ab+bias fp32 [Emulated GPU, cublaslt 130000]: ";
  const auto given = algorithms_of({key + "2-0-0-0-0-0-0-0", "a line of somebody else"});
  REQUIRE(given.size() == 1);
  CHECK(given[0] == key + "2-0-0-0-0-0-0-0");
  CHECK(algorithms_of({}) == given);  // for the whole process
}

}  // namespace
}  // namespace deepobs
