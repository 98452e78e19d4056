// What a program that embeds the library may rely on: it prints nothing and leaves the process as it was.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <clocale>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <locale>

#include "engine/graph/graph_editor.h"
#include "tests/engine/graph/tiny_ops.h"
#include "tests/engine/run/executors.h"
#include "tests/engine/run/small_mlp.h"
#include "tests/error_of.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

/// Sends standard output and error into a file for the length of a scope.
class Captured {
 public:
  explicit Captured(const std::filesystem::path& file) {
    std::fflush(nullptr);
    const int target = ::open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    REQUIRE(target >= 0);
    for (int fd = 1; fd <= 2; ++fd) {
      before_[static_cast<std::size_t>(fd - 1)] = ::dup(fd);
      ::dup2(target, fd);
    }
    ::close(target);
  }
  ~Captured() {
    std::fflush(nullptr);
    for (int fd = 1; fd <= 2; ++fd) {
      ::dup2(before_[static_cast<std::size_t>(fd - 1)], fd);
      ::close(before_[static_cast<std::size_t>(fd - 1)]);
    }
  }

 private:
  std::array<int, 2> before_{};
};

/// What the rest of the program would notice if it changed.
struct Process {
  Process() : folder(std::filesystem::current_path()), locale(std::setlocale(LC_ALL, nullptr)), mask(::umask(0)) {
    ::umask(mask);
    for (int number = 1; number < 32; ++number) {
      struct sigaction action {};
      ::sigaction(number, nullptr, &action);
      handlers.push_back(action.sa_handler);
    }
    sigset_t blocked;
    ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
    for (int number = 1; number < 32; ++number) blocked_signals.push_back(::sigismember(&blocked, number));
  }
  bool operator==(const Process&) const = default;

  std::filesystem::path folder;
  std::string locale;
  std::locale global;
  mode_t mask;
  std::vector<void (*)(int)> handlers;
  std::vector<int> blocked_signals;
};

/// Trains, fails while recording, planning and running, looks for NaN, and throws out of a task.
void use_the_library() {
  const SmallMlp mlp;
  for (const bool tbb : executor_kinds()) {
    SmallMlpRun run(mlp, {.threads = 3, .use_tbb = tbb}, 1);
    run.train(0, 20);
    run.bits();
  }
  error_of([] { Shape({-1}); });
  error_of([] { cpu_device({.threads = -1}); });
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {3});
  error_of([&] { GraphEditor(graph).settle(x, 0, 0); });
  tiny::spoiled(x, 0, std::numeric_limits<float>::quiet_NaN());
  const Plan plan = make_plan(graph, {.guard_bytes = 64});
  plan.to_text(graph);
  const auto device = cpu_device({.threads = 2, .use_tbb = tbb_is_default});
  Storage storage(*device, store);
  Program program(graph, plan, storage);
  program.find_first_non_finite({});
  for_each_executor({2}, [](Executor& executor) {
    try {
      executor.run(100, [](std::int64_t, Worker&) { fail(Fault::internal, "planted"); });
    } catch (const Error&) {
    }
  });
}

TEST_CASE("host: the library prints nothing and changes nothing of the process") {
  const TempDir folder;
  const Process before;
  {
    const Captured captured(folder / "output");
    use_the_library();
  }
  CHECK(Process() == before);
  CHECK(std::filesystem::file_size(folder / "output") == 0);
  {
    const Captured captured(folder / "output");
    std::puts("seen");
  }
  CHECK(std::filesystem::file_size(folder / "output") == 5);  // the capture does capture
}

}  // namespace
}  // namespace deepobs
