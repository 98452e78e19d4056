#include <doctest/doctest.h>

#include "engine/run/cuda_device.h"
#include "engine/run/program.h"
#include "kernels/backward.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/logs/log_scalar.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/update/optimizer.h"
#include "tests/emulated_gpu.h"
#include "tests/error_of.h"

namespace deepobs {
namespace {

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
    const Value x = graph.parameter("x", {2, 3}, [](std::span<float> v, std::uint64_t, std::uint64_t) {
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

/// Some parameters that an optimizer brings nearer to 0.
struct Trained {
  Trained(std::unique_ptr<Device> on, const char* optimizer) : device(std::move(on)) {
    const Value x = graph.parameter("x", {70}, [](std::span<float> v, std::uint64_t, std::uint64_t) {
      for (std::size_t i = 0; i < v.size(); ++i) v[i] = 0.1f + static_cast<float>(i) * 0.01f;
    });
    backward(sum(multiply(x, multiply(x, x))));
    record_update(graph, find_optimizer(optimizer), resolve(find_optimizer(optimizer)));
    plan = make_plan(graph);
    storage = std::make_unique<Storage>(*device, store);
    storage->initialize(0);
    program = std::make_unique<Program>(graph, plan, *storage);
  }
  std::vector<float> read() const { return storage->parameter(store.parameters()[0]); }

  Store store;
  Graph graph{store};
  std::unique_ptr<Device> device;
  Plan plan;
  std::unique_ptr<Storage> storage;
  std::unique_ptr<Program> program;
};

TEST_CASE(
    "gpu device: what an update computes once a step, and carries to the next, is right in launches of any kind") {
  constexpr int steps = 7;
  for (const char* optimizer : {"Adam", "NAdam"}) {  // NAdam carries a product from step to step
    CAPTURE(optimizer);
    Trained exact(cpu_device({.threads = 1}), optimizer);
    for (int t = 0; t < steps; ++t) exact.program->run({.step = t, .learning_rate = 0.01});
    for (const auto& gpu : gpus_under_test()) {
      CAPTURE(gpu.name);
      Trained watched(gpu.device(), optimizer);
      for (int t = 0; t < steps; ++t)
        watched.program->run_watched({.step = t, .learning_rate = 0.01}, [](const Node&) { return true; });
      for (std::size_t i = 0; i < 70; ++i) CHECK(watched.read()[i] == doctest::Approx(exact.read()[i]).epsilon(1e-5));
      for (const bool overlap : {false, true})
        for (const int at_once : {1, 3, 7}) {
          CAPTURE(overlap);
          CAPTURE(at_once);
          Trained several(gpu.device({.overlap = overlap, .steps_a_launch = at_once}), optimizer);
          several.program->run_several({.learning_rate = 0.01}, steps);
          CHECK(several.read() == watched.read());
        }
    }
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
    // The log's own place and no other one; what stands there is no step's, since the sum was added in place many
    // times.
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
  check_error([&] { Program(graph, plan, storage); }, Fault::usage, "op 'no_such_op' has no body for a GPU");
}

/// Lines in memory.
struct Lines final : AlgorithmStore {
  explicit Lines(std::vector<std::string> before) : lines(std::move(before)) {}
  std::string update(const Choose& choose) override {
    const std::string line = choose(lines);
    if (!line.empty() && trouble.empty()) lines.push_back(line);
    return trouble;
  }
  std::vector<std::string> lines;
  std::string trouble;
};

/// What a device says that has a dense layer from `features` to 3 prepared, which no other test has.
DeviceInfo with_layer(std::int64_t features, std::shared_ptr<AlgorithmStore> store_of_choices, bool relu = false) {
  const auto device = cuda_device({.library = emulated_cuda_library(), .algorithms = std::move(store_of_choices)});
  Store store;
  Graph graph(store);
  graph.keep(linear(graph.input("x", Type::f32, {5, features}), graph.input("w", Type::f32, {features, 3}),
                    graph.input("b", Type::f32, {3}), {.relu = relu}));
  const Plan plan = make_plan(graph);
  Storage storage(*device, store);
  const Program program(graph, plan, storage);
  return device->info();
}
std::string layer_key(std::int64_t features, bool relu = false) {
  return text("product 5x", features, "x3 ab+bias", relu ? "+relu" : "",
              " fp32 [Emulated GPU, 132 SMs, cublaslt 130000]: ");
}

TEST_CASE("gpu device: algorithms are listed, kept, and taken over where they were kept before") {
  if (emulation_is_missing()) return;
  const std::string line = layer_key(77) + "2-0-0-0-0-0-0-0+bias";
  const auto kept = std::make_shared<Lines>(std::vector<std::string>{"a line of somebody else", line});
  const auto given = with_layer(77, kept);
  CHECK(given.algorithms == std::vector<std::string>{line});
  CHECK(given.algorithm_times.empty());  // nothing was measured
  CHECK(given.warnings.empty());
  CHECK(kept->lines.size() == 2);
  CHECK(with_layer(77, nullptr).algorithms == given.algorithms);  // for the whole process

  const auto fresh = std::make_shared<Lines>(std::vector<std::string>{});
  const auto measured = with_layer(78, fresh);
  REQUIRE(measured.algorithms.size() == 1);
  CHECK(measured.algorithms[0].starts_with(layer_key(78)));
  CHECK(fresh->lines == measured.algorithms);
  REQUIRE(measured.algorithm_times.size() == 1);
  CHECK(measured.algorithm_times[0].starts_with("product 5x78x3 ab+bias fp32: "));
  CHECK(measured.algorithm_times[0].find(" us by ") != std::string::npos);
  CHECK(measured.algorithm_times[0].ends_with(" measured"));
  CHECK(with_layer(78, nullptr).algorithm_times == measured.algorithm_times);

  const auto unkept = with_layer(76, nullptr), now_kept = with_layer(76, fresh);
  CHECK(now_kept.algorithms == unkept.algorithms);
  REQUIRE(fresh->lines.size() == 2);
  CHECK(fresh->lines[1] == unkept.algorithms[0]);
}

TEST_CASE("gpu device: a kept algorithm that cannot be used costs a warning and is chosen anew") {
  if (emulation_is_missing()) return;
  struct Stale {
    const char *choice, *why;
    bool relu = false;
  };
  std::int64_t features = 80;
  for (const auto& [choice, why, relu] :
       {Stale{"nonsense", "words of this version"}, Stale{"2 parts of nothing", "words of this version"},
        Stale{"2-0-0-0-0-0-0-0+bias and more", "words of this version"},
        Stale{"2-0-0-0-0-0-0-0", "not one for this product"},
        Stale{"2-0-0-0-0-0-0-0+bias+relu", "not one for this product"},
        Stale{"7 parts of 2-0-0-0-0-0-0-0", "not one for this product"},
        Stale{"99-0-0-0-0-0-0-0+bias", "cuBLASLt does not take it"},
        Stale{"2-0-2000000-0-0-0-0-0+bias", "cuBLASLt does not take it"},  // 32 MiB more of workspace
        Stale{"4-0-0-0-0-0-0-0+bias", "cuBLASLt says status"},             // when it is run
        Stale{"3-0-0-0-0-0-0-0+bias+relu", "numbers of NaNs", true}}) {
    CAPTURE(std::string(choice));
    ++features;
    const auto kept = std::make_shared<Lines>(std::vector<std::string>{layer_key(features, relu) + choice});
    const DeviceInfo info = with_layer(features, kept, relu);
    REQUIRE(info.warnings.size() == 1);
    CHECK(info.warnings[0].starts_with("WARNING: the algorithm that was chosen before for product 5x"));
    CHECK(info.warnings[0].find(choice) != std::string::npos);
    CHECK(info.warnings[0].find(why) != std::string::npos);
    REQUIRE(info.algorithms.size() == 1);
    CHECK(kept->lines.back() == info.algorithms[0]);
    CHECK(kept->lines.size() == 2);
    CHECK(with_layer(features, kept, relu).warnings.empty());
  }
}

TEST_CASE("gpu device: what is measured shares one piece of memory, and what ran before in the process needs none") {
  if (emulation_is_missing()) return;
  const Emulated allocations("allocations", 0);
  with_layer(95, nullptr);
  const long measured = allocations.exchange(0);
  with_layer(95, nullptr);
  CHECK(measured == allocations.exchange(0) + 1);
}

TEST_CASE("gpu device: trouble with what keeps the algorithms is a warning") {
  if (emulation_is_missing()) return;
  const auto kept = std::make_shared<Lines>(std::vector<std::string>{});
  kept->trouble = "the disk is full";
  const DeviceInfo info = with_layer(79, kept);
  REQUIRE(info.warnings.size() == 1);
  CHECK(info.warnings[0].find("the disk is full") != std::string::npos);
  CHECK(info.algorithms.size() == 1);
}

}  // namespace
}  // namespace deepobs
