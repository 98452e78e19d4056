#include "kernels/cuda/product/product.h"

#include <cublasLt.h>
#include <cuda_runtime_api.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "engine/cuda/choices/cuda_choices.h"
#include "engine/cuda/choices/measuring.h"
#include "engine/cuda/choices/trial_memory.h"
#include "engine/cuda/cuda_check.h"
#include "kernels/cuda/product/blas_product.h"
#include "kernels/cuda/product/product_epilogue.h"

namespace deepobs {
namespace {

constexpr const char* own_loop = "loop of deepobs";
constexpr std::int64_t most_part_bytes = std::int64_t{32} << 20;

std::int64_t aligned(std::int64_t bytes) { return (bytes + 255) / 256 * 256; }

std::string operand_text(const char* name, bool transposed) { return std::string(name) + (transposed ? "'" : ""); }

/// With everything that a choice depends on, beside GPU and version: alignments follow from the shape and the types.
std::string described(const GpuProduct& p, Precision precision) {
  return text("product ", p.m, "x", p.k, "x", p.n, " ", operand_text("a", p.a_transposed),
              operand_text("b", p.b_transposed), p.bias ? "+bias" : "", p.relu ? "+relu" : "", p.gate ? "+gate" : "",
              p.gate && p.gating != p.result ? p.gating == Type::bf16 ? " of bf16" : " of fp32" : "", " ",
              name_of(precision), p.operands != p.result ? " to fp32" : "");
}

/// One way to compute a product.
struct Way {
  bool loop = false;  // ours; else cuBLASLt with this share and algorithm
  BlasShare share;
  BlasAlgorithm algorithm;
};

std::string to_text(const Way& way) {
  if (way.loop) return own_loop;
  if (way.share.parts > 0) return text(way.share.parts, " parts of ", to_text(way.algorithm));
  return text(to_text(way.algorithm), way.share.bias ? "+bias" : "", way.share.relu ? "+relu" : "");
}

/// False where the text is no way's.
bool read_text(const std::string& words, Way& way) {
  constexpr std::string_view parts_of = " parts of ", bias = "+bias", relu = "+relu";
  way = {};
  if (words == own_loop) {
    way.loop = true;
    return true;
  }
  std::string rest = words;
  const auto ends = [&](std::string_view end) {
    if (!rest.ends_with(end)) return false;
    rest.resize(rest.size() - end.size());
    return true;
  };
  if (const auto at = rest.find(parts_of); at != std::string::npos) {
    way.share.parts = std::atoi(rest.c_str());
    rest.erase(0, at + parts_of.size());
  } else {
    way.share.relu = ends(relu);
    way.share.bias = ends(bias);
  }
  return read_text(rest, way.algorithm) && to_text(way) == words;
}

/// Whether there are too few tiles of c to keep a large GPU busy: of its 130 multiprocessors each wants two, and tiles
/// of this size are usual.
bool leaves_gpu_idle(const GpuProduct& p) {
  constexpr std::int64_t tile = 64, enough_tiles = 264;
  return ((p.m + tile - 1) / tile) * ((p.n + tile - 1) / tile) <= enough_tiles;
}

/// Into how many parts the terms may be cut: parts of equal length, or one where only the epilogue is to be ours.
bool can_be_cut(const GpuProduct& p, int parts) {
  constexpr std::int64_t least_terms = 16;
  if (parts == 1) return p.bias;
  return (parts == 2 || parts == 4 || parts == 8 || parts == most_product_parts) && p.k % parts == 0 &&
         p.k / parts >= least_terms && parts * p.m * p.n * bytes_of(Type::f32) <= most_part_bytes && leaves_gpu_idle(p);
}

/// Whether this much, and no more, of the product can be asked of cuBLASLt, so that what is left can be done behind it.
bool possible(const BlasShare& share, const GpuProduct& p) {
  if (share.parts > 0) return can_be_cut(p, share.parts);
  return share.bias == p.bias && (p.relu || !share.relu);
}

std::vector<BlasShare> shares(const GpuProduct& p) {
  std::vector<BlasShare> all;
  if (p.relu) all.push_back({.bias = p.bias, .relu = true});
  all.push_back({.bias = p.bias});
  for (int parts = 1; parts <= most_product_parts; parts *= 2)
    if (can_be_cut(p, parts)) all.push_back({.parts = parts});
  return all;
}

struct PreparedProduct final : CudaPrepared {
  explicit PreparedProduct(const GpuProduct& of) : product(of) {}

  /// `described`: the product with this share as cuBLASLt sees it; null for our loop.
  void take(const Way& chosen, std::shared_ptr<const BlasProduct> described) {
    way = chosen;
    library = std::move(described);
    part_bytes = aligned(way.share.parts * product.m * product.n * bytes_of(Type::f32));
    scratch_bytes = way.loop ? 0 : part_bytes + way.algorithm.workspace_bytes;
  }

  void run(const CudaQueue& queue, const GpuProductMemory& memory, void* scratch) const {
    if (product.empty()) return finish_product(queue, product, memory, nullptr, 0);
    if (way.loop) return multiply_in_loop(queue, product, memory);
    auto* const parts = static_cast<float*>(scratch);
    void* const workspace = static_cast<std::byte*>(scratch) + part_bytes;
    library->run(queue, way.algorithm, memory, way.share.parts > 0 ? parts : memory.c, workspace);
    if (way.share.parts > 0)
      finish_product(queue, product, memory, parts, way.share.parts);
    else
      finish_product_in_place(queue, product, memory, product.relu && !way.share.relu);
  }

  GpuProduct product;
  Way way;
  std::shared_ptr<const BlasProduct> library;
  std::int64_t part_bytes = 0;
};

/// Operands, result and scratch memory to try a product on: all zeros.
struct Trial {
  Trial(const CudaQueue& queue, const GpuProduct& p, std::int64_t scratch_bytes) {
    const auto pieces =
        queue.trial_memory->pieces(queue.stream, {p.m * p.k * bytes_of(p.operands), p.k * p.n * bytes_of(p.operands),
                                                  p.m * p.n * bytes_of(p.result), p.bias ? p.n * bytes_of(p.result) : 0,
                                                  p.gate ? p.m * p.n * bytes_of(p.gating) : 0, scratch_bytes});
    a = pieces[0];
    memory = {pieces[0], pieces[1], pieces[2], pieces[3], pieces[4]};
    scratch = pieces[5];
  }

  void* a;
  GpuProductMemory memory;
  void* scratch;
};

/// Whether a product lets a NaN be one: tried with an operand of NaNs.
bool keeps_nan(const CudaQueue& queue, const PreparedProduct& prepared, const Trial& trial) {
  const GpuProduct& p = prepared.product;
  const auto a_bytes = static_cast<std::size_t>(p.m * p.k * bytes_of(p.operands));
  const auto bytes = static_cast<std::size_t>(p.m * p.n * bytes_of(p.result));
  check_cuda(cudaMemsetAsync(trial.a, 0xFF, a_bytes, queue.stream), "preparing a product");
  prepared.run(queue, trial.memory, trial.scratch);
  std::vector<float> room(static_cast<std::size_t>(p.m * p.n));  // of bf16 numbers it holds twice as many
  check_cuda(cudaMemcpyAsync(room.data(), trial.memory.c, bytes, cudaMemcpyDeviceToHost, queue.stream),
             "preparing a product");
  check_cuda(cudaMemsetAsync(trial.a, 0, a_bytes, queue.stream), "preparing a product");
  check_cuda(cudaStreamSynchronize(queue.stream), "preparing a product");
  const Floats c(room.data(), p.result);
  for (std::int64_t i = 0; i < p.m * p.n; ++i)
    if (!std::isnan(c[i])) return false;
  return true;
}

/// What cuBLASLt offers for every share of the work, by order of preference: what leaves least to us first.
std::vector<PreparedProduct> ways(const CudaQueue& queue, const GpuProduct& product, Precision precision) {
  constexpr int many = 16, few = 6;  // for how many cuBLASLt is asked
  std::vector<PreparedProduct> all;
  for (const auto& share : shares(product)) {
    const auto library = std::make_shared<const BlasProduct>(product, precision, share);
    for (const auto& algorithm : library->offered(queue, share.parts <= 1 && leaves_gpu_idle(product) ? many : few)) {
      if (algorithm.workspace_bytes > BlasProduct::most_workspace) continue;
      all.emplace_back(product);
      all.back().take({.share = share, .algorithm = algorithm}, library);
    }
  }
  return all;
}

/// Times every way with all that it needs. Ours alone is slow, and taken only where there is no other.
MeasuredChoice fastest(const CudaQueue& queue, const GpuProduct& product, Precision precision) {
  const auto all = ways(queue, product, precision);
  std::int64_t scratch_bytes = 0;
  for (const auto& each : all) scratch_bytes = std::max(scratch_bytes, each.scratch_bytes);
  const Trial trial(queue, product, scratch_bytes);
  Contest contest;
  for (const auto& each : all) try {
      if (each.way.share.relu && !keeps_nan(queue, each, trial)) continue;
      contest.add(to_text(each.way),
                  measured_microseconds(queue.stream, [&] { each.run(queue, trial.memory, trial.scratch); }));
    } catch (const Error& error) {  // one that was offered and does not run
      if (error.fault() == Fault::memory) throw;
    }
  if (contest.empty()) return {own_loop, "cuBLASLt has nothing for it"};
  return contest.winner();
}

/// Takes over a way in words, and runs it once, unless it ran before: nothing is loaded for the first time while a
/// graph is captured. Returns why it cannot be done.
std::string use(const CudaQueue& queue, Precision precision, const std::string& choice, bool ran,
                PreparedProduct& prepared) {
  const GpuProduct& product = prepared.product;
  Way way;
  if (!read_text(choice, way)) return "it is not in the words of this version";
  if (way.loop) {
    prepared.take(way, nullptr);
    return "";
  }
  if (!possible(way.share, product)) return "it is not one for this product";
  const auto library = std::make_shared<const BlasProduct>(product, precision, way.share);
  if (!library->fits(queue, way.algorithm)) return "cuBLASLt does not take it for this product on this GPU";
  prepared.take(way, library);
  if (ran) return "";
  const Trial trial(queue, product, prepared.scratch_bytes);
  try {
    prepared.run(queue, trial.memory, trial.scratch);
    check_cuda(cudaStreamSynchronize(queue.stream), "preparing a product");
    if (way.share.relu && !keeps_nan(queue, prepared, trial)) return "its relu makes numbers of NaNs";
  } catch (const Error& error) {
    if (error.fault() == Fault::memory) throw;
    return error.what();
  }
  return "";
}

}  // namespace

std::unique_ptr<CudaPrepared> prepare_product(CudaQueue& queue, const GpuProduct& product) {
  auto prepared = std::make_unique<PreparedProduct>(product);
  if (product.empty()) return prepared;
  const Precision precision = precision_of(queue, product.operands);
  queue.choices->choose(
      described(product, precision), text("cublaslt ", cublasLtGetVersion()),
      [&](const std::string& choice, bool ran) { return use(queue, precision, choice, ran, *prepared); },
      [&] { return fastest(queue, product, precision); });
  return prepared;
}

void run_product(CudaQueue& queue, const GpuProductMemory& memory) {
  prepared_as<PreparedProduct>(queue).run(queue, memory, queue.scratch);
}

}  // namespace deepobs
