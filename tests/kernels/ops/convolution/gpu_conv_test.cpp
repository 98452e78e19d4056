#include "tests/kernels/ops/convolution/gpu_conv.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "tests/cuda_emulation/offered.h"
#include "tests/emulated_gpu.h"

namespace deepobs {
namespace {

using namespace deepobs_emulation;

/// Lines in memory.
struct Kept final : AlgorithmStore {
  explicit Kept(std::vector<std::string> before) : lines(std::move(before)) {}
  std::string update(const Choose& choose) override {
    const std::string line = choose(lines);
    if (!line.empty()) lines.push_back(line);
    return {};
  }
  std::vector<std::string> lines;
};

std::unique_ptr<Device> emulated_device(Precision precision, std::vector<std::string> lines = {}) {
  return cuda_device({.library = emulated_cuda_library(),
                      .precision = precision,
                      .algorithms = std::make_shared<Kept>(std::move(lines))});
}

/// The choices behind the keys.
std::vector<std::string> choices(const Device& device) {
  std::vector<std::string> all;
  for (const auto& line : device.info().algorithms) all.push_back(line.substr(line.rfind(": ") + 2));
  return all;
}

TEST_CASE("conv2d on a GPU: weights in the library's order, and no gradient of the bias") {
  for (const auto& gpu : gpus_under_test())
    for (const Precision precision : {Precision::fp32, Precision::bf16})
      for (const bool krsc : {false, true})
        for (const bool bias_gradient : {false, true}) {
          CAPTURE(gpu.name);
          CAPTURE(name_of(precision));
          CAPTURE(krsc);
          CAPTURE(bias_gradient);
          const auto device = gpu.device({.precision = precision});
          GpuConv conv{square_conv(2, 6, 3, 3, 4, 1, 1), precision, krsc, bias_gradient};
          CHECK((conv.run(*device) == conv.expected()));
          conv.geometry.pad_bottom = conv.geometry.pad_right = 0;  // asymmetric
          --conv.geometry.out_h, --conv.geometry.out_w;
          CHECK((conv.run(*device) == conv.expected()));
        }
  if (gpus_under_test().empty()) MESSAGE("skipped: ", why_no_real_gpu());
}

TEST_CASE("conv2d on a GPU: in every order of the operands, by either interface of cuDNN") {
  if (emulation_is_missing()) return;
  struct Way {
    long offered;
    std::string begin, end;
  };
  const Way ways[] = {{algorithms_nhwc | no_whole_packs, "algorithm 1, math ", ", nhwc"},
                      {algorithms_nchw, "algorithm 1, math ", ", nchw"},
                      {graphs_nhwc | no_whole_packs, "graph engine 3 knobs 2=8,12=1", ", nhwc"},
                      {graphs_nchw, "graph engine 3 knobs 2=8,12=1", ", nchw"},
                      {algorithms_nhwc | only_whole_packs, "algorithm 1, math ", ", nhwc, "},
                      {graphs_nhwc | only_whole_packs, "graph engine 3 knobs 2=8,12=1", ", nhwc, "}};
  // Extents that fill packs and tiles of the transpositions, and that do not; one channel, one output, one pixel.
  const ConvGeometry geometries[] = {square_conv(1, 9, 1, 3, 68, 1, 1), square_conv(3, 8, 3, 3, 4, 2, 1),
                                     square_conv(2, 10, 3, 3, 8), square_conv(1, 3, 2, 3, 1)};
  for (const auto& [offered, begin, end] : ways)
    for (const Precision precision : {Precision::fp32, Precision::tf32, Precision::bf16})
      for (const bool krsc : {false, true})
        for (const auto& geometry : geometries) {
          const bool pads = (offered & only_whole_packs) != 0;
          // In fp32 there are no packs to fill; without them TF32 goes the same ways.
          if (precision == (pads ? Precision::fp32 : Precision::tf32)) continue;
          CAPTURE(begin);
          CAPTURE(end);
          CAPTURE(name_of(precision));
          CAPTURE(krsc);
          CAPTURE(geometry.c_in);
          const Emulated machine("convolutions", offered);
          const auto device = emulated_device(precision);
          const GpuConv conv{geometry, precision, krsc};
          CHECK((conv.run(*device) == conv.expected()));
          const std::string whole_end = !pads ? end : end + (precision == Precision::bf16 ? "8" : "4") + " channels";
          CHECK(choices(*device).size() == 3);
          for (const auto& choice : choices(*device)) {
            CHECK(choice.starts_with(begin));
            CHECK_MESSAGE(choice.ends_with(whole_end), choice);
          }
        }
}

TEST_CASE("conv2d on a GPU: of engines that do too little or fail, none is chosen, however fast") {
  if (emulation_is_missing()) return;
  const Emulated machine("convolutions", graphs_nhwc | bad_engines);
  struct Expected {
    Precision precision;
    std::string choice;
  };
  // Faster are: one that is not deterministic, TF32, larger tiles of Winograd's, one without a plan, one that does not
  // run, one with too much memory, one that loses NaNs, one that sums in less than float. Where less than float32 is
  // asked for, TF32 and Winograd's tiles are good enough.
  for (const auto& [precision, choice] : {Expected{Precision::fp32, "graph engine 3 knobs 2=8,12=1, nhwc"},
                                          {Precision::tf32, "graph engine 1, nhwc"},
                                          {Precision::bf16, "graph engine 2, nhwc"}}) {
    CAPTURE(name_of(precision));
    const auto device = emulated_device(precision);
    const GpuConv conv{square_conv(2, 5, 8, 3, 8, 1, 1), precision};
    CHECK((conv.run(*device) == conv.expected()));
    for (const auto& chosen : choices(*device)) CHECK(chosen == choice);
    for (const auto& times : device->info().algorithm_times) {
      CHECK(times.find(" us by " + choice) != std::string::npos);
      CHECK(times.find("not graph engine 5, nhwc: running a convolution: cuDNN says emulated") != std::string::npos);
    }
  }
}

TEST_CASE("conv2d on a GPU: padding that differs from side to side is done by a graph, where one is offered") {
  if (emulation_is_missing()) return;
  const Emulated machine("convolutions", algorithms_nhwc | graphs_nhwc);
  const auto device = emulated_device(Precision::fp32);
  GpuConv conv{square_conv(2, 6, 3, 3, 4, 1, 1)};
  conv.geometry.pad_bottom = 0, --conv.geometry.out_h;
  CHECK((conv.run(*device) == conv.expected()));
  for (const auto& chosen : choices(*device)) CHECK(chosen == "graph engine 3 knobs 2=8,12=1, nhwc");
}

/// A convolution that nothing else has, so that no choice for it is known, and the lines that a file would have.
struct Remembered {
  Remembered(std::int64_t images, long offered) : conv{square_conv(images, 3, 2, 2, 3)}, version(91900 + offered) {}
  std::vector<std::string> lines(const std::string& choice) const {
    std::vector<std::string> all;
    for (const char* direction : {"forward", "data gradient", "weight gradient"})
      all.push_back(text("conv ", direction, ' ', conv.geometry.n,
                         "x3x3x2 with 2x2x3 stride 1x1 padding 0,0,0,0 fp32 [Emulated GPU, 132 SMs, cudnn ", version,
                         "]: ", choice));
    return all;
  }
  GpuConv conv;
  long version;
};
constexpr long all_and_bad = algorithms_nhwc | algorithms_nchw | graphs_nhwc | graphs_nchw | bad_engines;

TEST_CASE("conv2d on a GPU: a choice in words is the same plan in another process") {
  if (emulation_is_missing()) return;
  const Emulated machine("convolutions", all_and_bad);
  std::int64_t images = 20;
  for (const std::string choice : {"graph engine 3 knobs 2=4,12=1, nchw", "graph engine 9, nhwc",
                                   "graph engine 10, nchw", "algorithm 1, math 3, nchw", "loop of deepobs"}) {
    CAPTURE(choice);
    const Remembered remembered(images++, all_and_bad);
    const auto device = emulated_device(Precision::fp32, remembered.lines(choice));
    CHECK((remembered.conv.run(*device) == remembered.conv.expected()));
    for (const auto& chosen : choices(*device)) CHECK(chosen == choice);
    CHECK(device->info().warnings.empty());
  }
}

TEST_CASE("conv2d on a GPU: a choice in words that cannot be used costs a warning and is made anew") {
  if (emulation_is_missing()) return;
  const long offered = algorithms_nhwc | graphs_nhwc | bad_engines;
  const Emulated machine("convolutions", offered);
  std::int64_t images = 5;
  struct Bad {
    std::string choice, why;
  };
  const std::string no_plan = "there is no such plan";
  for (const auto& [choice, why] : {Bad{"nonsense", "cannot be read"},
                                    {"graph engine 3", "cannot be read"},
                                    {"graph engine 3, nhwc, 8", "cannot be read"},
                                    {"graph engine 3, nhwc, -8 channels", "cannot be read"},
                                    {"graph engine 3 knobs 2=8;12=1, nhwc", no_plan},
                                    {"graph engine 3 knobs 77=8, nhwc", no_plan},
                                    {"graph engine 99, nhwc", no_plan},
                                    {"graph engine 0, nhwc", no_plan},  // not deterministic
                                    {"graph engine 1, nhwc", no_plan},  // TF32
                                    {"graph engine 4, nhwc", no_plan},
                                    {"graph engine 6, nhwc", no_plan},  // too much memory
                                    {"graph engine 3, nhwc, 2 channels", no_plan},
                                    {"graph engine 3, nchw, 8 channels", no_plan},
                                    {"graph engine 5, nhwc", "running a convolution"},
                                    {"graph engine 2, nhwc", "whole numbers"},
                                    {"graph engine 7, nhwc", "NaN"},
                                    {"algorithm 1, math 1, nhwc", no_plan},
                                    {"algorithm 1, math 3 and more, nhwc", no_plan}}) {
    CAPTURE(choice);
    const Remembered remembered(images++, offered);
    const auto device = emulated_device(Precision::fp32, remembered.lines(choice));
    CHECK((remembered.conv.run(*device) == remembered.conv.expected()));
    const auto warnings = device->info().warnings;
    CHECK(warnings.size() == 3);
    for (const auto& warning : warnings) {
      CHECK(warning.find(choice) != std::string::npos);
      CHECK_MESSAGE(warning.find(why) != std::string::npos, warning);
    }
    for (const auto& chosen : choices(*device)) CHECK(chosen == "algorithm 1, math 3, nhwc");
  }
}

}  // namespace
}  // namespace deepobs
