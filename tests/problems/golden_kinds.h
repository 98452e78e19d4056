#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/golden/hash_values.h"

namespace deepobs {

/// A number of a kind, ours and PyTorch's.
struct Compared {
  std::string what;
  double scale, ours, float64, float32;
};

/// Numbers by their kinds, and how far ours may be from PyTorch's in float64.
///
/// Rounding errors of two float32 programs that add in different orders are of one size, so ours is measured by
/// PyTorch's own. Each kind of number has a scale (a gradient's norm, the root mean square of its elements, ...); in
/// units of that scale we may deviate from float64 by at most four times what PyTorch's float32 deviates at worst over
/// all numbers of that kind of the problem, or by 4 u (u = 2^-24) where that is more, and never by more than 1e-4.
///
/// Of a network with millions of relus some always lie so near their kink that roundings put them on the other side, in
/// PyTorch's float32 as in ours; each makes the gradients jump. For such a network gradients may be further away.
struct Kinds {
  std::map<std::string, std::vector<Compared>> numbers;
  double jump = 0;  ///< of gradients, where relus at their kink are certain

  void add(const std::string& kind, const std::string& what, double scale, double ours, double float64,
           double float32) {
    numbers[kind].push_back({what, scale, ours, float64, float32});
  }

  /// The gradient of a parameter, in PyTorch's order; `stream` is that of its first projection.
  void add_gradient(const std::string& name, const std::vector<float>& g, std::uint64_t stream,
                    const nlohmann::json& float64, const nlohmann::json& float32) {
    const auto compare = [&](const std::string& kind, double scale, double ours, const nlohmann::json& a,
                             const nlohmann::json& b) { add(kind, name, scale, ours, a, b); };
    double sum = 0, squares = 0;
    for (const float x : g) sum += x, squares += double{x} * x;
    const double norm = float64["norm"], root_count = std::sqrt(static_cast<double>(g.size()));
    compare("norm", norm, std::sqrt(squares), float64["norm"], float32["norm"]);
    compare("sum", norm * root_count, sum, float64["sum"], float32["sum"]);  // |sum| <= norm * sqrt(n)
    for (std::size_t j = 0; j < float64["projections"].size(); ++j) {
      double projection = 0;
      for (std::size_t i = 0; i < g.size(); ++i) projection += double{g[i]} * hash_value(stream + j, i);
      compare("projection", norm, projection, float64["projections"][j], float32["projections"][j]);
    }
    const double rms = norm / root_count;
    for (std::size_t i = 0; i < float64["first"].size(); ++i) {
      compare("element", rms, g[i], float64["first"][i], float32["first"][i]);
      compare("element", rms, g[g.size() - 4 + i], float64["last"][i], float32["last"][i]);
    }
  }

  void check() const {
    REQUIRE(!numbers.empty());
    for (const auto& of_kind : numbers) {
      const std::string& kind = of_kind.first;
      const auto& all = of_kind.second;
      constexpr double u = 0x1p-24;
      double torch = u;
      for (const auto& n : all) torch = std::max(torch, std::abs(n.float32 - n.float64) / n.scale);
      const bool of_gradients = kind == "norm" || kind == "sum" || kind == "projection" || kind == "element";
      const double bound = std::max(std::min(4 * torch, 1e-4), of_gradients ? jump : 0.);
      for (const auto& n : all) {
        INFO(kind, " of ", n.what, ": ", n.ours, ", PyTorch ", n.float64, ", scale ", n.scale, ", bound ", bound);
        CHECK(std::abs(n.ours - n.float64) <= bound * n.scale);
      }
    }
  }
};

}  // namespace deepobs
