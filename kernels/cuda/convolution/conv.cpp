#include "kernels/cuda/convolution/conv.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <vector>

#include "engine/base/check.h"
#include "engine/cuda/choices/cuda_choices.h"
#include "engine/cuda/choices/measuring.h"
#include "kernels/cuda/convolution/arranged_conv.h"
#include "kernels/cuda/convolution/conv_loops.h"
#include "kernels/cuda/convolution/conv_trial.h"

namespace deepobs {
namespace {

constexpr const char* own_loop = "loop of deepobs";

// Of each of the library's interfaces, in each order of the operands. To make a plan may compile a kernel.
constexpr int most_measured = 5, most_plans = 16;

struct PreparedConv final : CudaPrepared {
  PreparedConv(const ConvTask& of, std::int64_t extra) : task(of), extra_bytes(extra) { scratch_bytes = extra_bytes; }

  ConvTask task;
  std::int64_t extra_bytes;               // the caller's, at the beginning of the scratch memory
  std::unique_ptr<ArrangedConv> library;  // null: the loop of ours
};

std::string made_with() {
  if constexpr (has_cudnn)
    return "cudnn " + cudnn_version();
  else
    return "no cudnn";
}

/// cuDNN counts in int, and knows nothing of empty tensors.
bool possible_for_library(const ConvTask& task) {
  constexpr std::int64_t most = INT32_MAX;
  const std::int64_t counts[] = {task.x_elements(), task.y_elements(), task.w_elements()};
  return has_cudnn && std::ranges::all_of(counts, [](std::int64_t count) { return count > 0 && count <= most; });
}

struct Candidate {
  std::string words;
  double microseconds = 0;
  std::string trouble{};  // empty: it can be used
};

/// Every way that the library offers, up to the numbers above, tried and measured.
std::vector<Candidate> candidates(CudaQueue& queue, const ConvTask& task, ConvTrial& trial) {
  std::vector<Candidate> all;
  for (ConvChoice choice : arrangements(task))
    for (const auto* interface : cudnn_interfaces) {
      int measured = 0, plans = 0;
      for (const auto& plan : interface->offers(queue, asked_of_library(task, choice))) {
        if (measured == most_measured || plans++ == most_plans) break;
        choice.plan = plan;
        Candidate& candidate = all.emplace_back(Candidate{.words = choice.to_text()});
        const auto conv = ArrangedConv::make(queue, task, choice);
        candidate.trouble = conv ? trial.trouble(*conv) : "no plan, or too much memory";
        if (!candidate.trouble.empty()) continue;
        candidate.microseconds = trial.microseconds(*conv);
        ++measured;
      }
    }
  return all;
}

/// For people, all that was tried: the fastest first, and why others cannot be used.
std::string told(std::vector<Candidate> all) {
  const auto usable = std::ranges::stable_partition(all, &std::string::empty, &Candidate::trouble).begin();
  std::stable_sort(all.begin(), usable,
                   [](const Candidate& a, const Candidate& b) { return a.microseconds < b.microseconds; });
  std::string words;
  for (const auto& [choice, microseconds, trouble] : all) {
    std::array<char, 32> time;
    std::snprintf(time.data(), time.size(), "%.1f us by ", microseconds);
    words += text(words.empty() ? "" : "; ", trouble.empty() ? time.data() : "not ", choice,
                  trouble.empty() ? "" : ": ", trouble);
  }
  return words;
}

MeasuredChoice measure(CudaQueue& queue, const ConvTask& task) {
  ConvTrial trial(queue, task);
  const auto all = candidates(queue, task, trial);
  Contest contest;
  for (const auto& [choice, microseconds, trouble] : all)
    if (trouble.empty()) contest.add(choice, microseconds);
  return {contest.empty() ? own_loop : contest.winner().choice, told(all)};
}

/// Takes a choice over, after another trial, even of one that this process knows: its plan and its handles are new.
/// Returns why it cannot be used; empty: it is taken.
std::string use(CudaQueue& queue, PreparedConv& prepared, const std::string& chosen) {
  prepared.library.reset();
  if (chosen != own_loop) {
    const auto choice = ConvChoice::of(chosen);
    if (!choice) return "it cannot be read";
    auto library = ArrangedConv::make(queue, prepared.task, *choice);
    if (!library) return "there is no such plan, or it takes too much memory";
    const std::string trouble = ConvTrial(queue, prepared.task).trouble(*library);
    if (!trouble.empty()) return trouble;
    prepared.library = std::move(library);
  }
  // Never none: who has scratch memory has a handle of cuDNN's for itself.
  prepared.scratch_bytes = prepared.extra_bytes + (prepared.library ? 1 + prepared.library->scratch_bytes() : 0);
  return {};
}

}  // namespace

std::unique_ptr<CudaPrepared> prepare_conv(CudaQueue& queue, const ConvGeometry& geometry, ConvDirection direction,
                                           Type type, FilterOrder order, std::int64_t extra_bytes) {
  const ConvTask task{geometry, direction, type, order, precision_of(queue, type)};
  auto prepared = std::make_unique<PreparedConv>(task, aligned(extra_bytes));
  const std::string what = described(task);
  if (!possible_for_library(task)) {
    queue.choices->choice(what, "no cudnn", [] { return std::string(own_loop); });
    return prepared;
  }
  queue.choices->choose(
      what, made_with(), [&](const std::string& choice, bool) { return use(queue, *prepared, choice); },
      [&] { return measure(queue, task); });
  return prepared;
}

void run_conv(CudaQueue& queue, const void* first, const void* second, void* result) {
  const auto& conv = prepared_as<PreparedConv>(queue);
  auto* const a = const_cast<void*>(first);  // operands: what is called says so again
  auto* const b = const_cast<void*>(second);
  const ConvTask& task = conv.task;
  const ConvMemory memory = task.direction == ConvDirection::forward         ? ConvMemory{a, b, result}
                            : task.direction == ConvDirection::data_gradient ? ConvMemory{result, b, a}
                                                                             : ConvMemory{a, result, b};
  if (conv.library) return conv.library->run(queue, memory, static_cast<std::byte*>(queue.scratch) + conv.extra_bytes);
  direct_conv(queue, task.direction,
              {task.geometry, Floats(memory.x, task.type), Floats(memory.w, task.filter_type()),
               Floats(memory.y, task.type), FilterPlaces::of(task.geometry, task.order)});
}

void* extra_scratch(const CudaQueue& queue) { return queue.scratch; }

}  // namespace deepobs
