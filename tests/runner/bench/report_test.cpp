#include "runner/bench/report.h"

#include <doctest/doctest.h>

#include "problems/problem.h"

namespace deepobs {
namespace {

BenchHeader header_of(double peak_flops) {
  BenchHeader header;
  header.device = {.kind = "cpu", .name = "Slow", .threads = 1, .simd = "portable", .precision = "fp32"};
  header.peak_flops = peak_flops;
  return header;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

TEST_CASE("bench report: the peak has three digits that count, also on a slow machine") {
  const auto line = [](const std::string& peak) { return "Slow, 1 thread, portable; fp32 peak " + peak + " GFLOP/s"; };
  for (const auto& [flops, words] :
       {std::pair<double, std::string>{233.4e9, "233"}, {31.46e9, "31.5"}, {0.5218e9, "0.522"}, {0.0123e9, "0.0123"}}) {
    CHECK(first_line(steps_text(header_of(flops), {})) == line(words));
    CHECK(first_line(ops_text(header_of(flops), {})) == line(words));
    CHECK(first_line(profiles_text(header_of(flops), {})) == line(words));
  }
}

TEST_CASE("bench report: examples a second have three digits that count") {
  StepRow row;
  row.of.run.problem = &find_problem("mnist_mlp");
  row.of.run.batch_size = 1;
  row.steps_per_second.median = 0.4567;
  row.eval_examples_per_second.median = 1.2345;
  const std::string text = steps_text(header_of(1e9), {&row, 1});
  CHECK(text.find("  0.457       1.23  ") != std::string::npos);
}

}  // namespace
}  // namespace deepobs
