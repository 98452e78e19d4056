#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace deepobs {

/// The objective at a point of a line.
struct LinePoint {
  double t;  ///< how far along the direction
  double loss;
  double slope;  ///< of the loss along the direction
  std::vector<float> gradient;
};

struct LineSearch {
  double longest;                 ///< the direction's largest number
  std::int64_t most_evaluations;  ///< beyond the first
  double decrease = 1e-4, curvature = 0.9;
  double least_change = 1e-9;  ///< an interval in which no parameter changes more is not cut further
};

/// Where the cubic through two points with these losses and slopes is least, within bounds.
inline double least_of_cubic(const LinePoint& a, const LinePoint& b, double low, double high) {
  const double d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t), square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const double d2 = std::sqrt(square);
  const double at = a.t <= b.t ? b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
                               : a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2));
  return std::min(std::max(at, low), high);
}

/// A point that satisfies the strong Wolfe conditions, or the best there is when evaluations are used up: first an
/// interval that holds one is found, then cut, as PyTorch's line search does.
///   evaluate  the objective at t
///   t         the first to be tried
///   start     the point t = 0
inline LinePoint strong_wolfe_search(const std::function<LinePoint(double t)>& evaluate, double t, LinePoint start,
                                     const LineSearch& how) {
  const auto too_high = [&](const LinePoint& p) { return p.loss > start.loss + how.decrease * p.t * start.slope; };
  const auto flat_enough = [&](const LinePoint& p) { return std::fabs(p.slope) <= -how.curvature * start.slope; };
  LinePoint now = evaluate(t), before = start;
  std::int64_t used = 0;
  std::array<LinePoint, 2> bracket;
  bool found = false;
  for (;; ++used) {
    if (used >= how.most_evaluations) {
      bracket = {start, now};
      break;
    }
    if (flat_enough(now) && !too_high(now) && !(used > 1 && now.loss >= before.loss)) return now;
    if (too_high(now) || (used > 1 && now.loss >= before.loss) || now.slope >= 0) {
      bracket = {before, now};
      break;
    }
    const double next = least_of_cubic(before, now, now.t + 0.01 * (now.t - before.t), now.t * 10);
    before = std::move(now);
    now = evaluate(next);
  }
  bool near_an_end = false;
  std::size_t low = bracket[0].loss <= bracket[1].loss ? 0 : 1;
  for (; !found && used < how.most_evaluations; ++used) {
    const double left = std::min(bracket[0].t, bracket[1].t), right = std::max(bracket[0].t, bracket[1].t);
    if ((right - left) * how.longest < how.least_change) break;
    t = least_of_cubic(bracket[0], bracket[1], left, right);
    // Twice in a row near the same end: the interval would hardly shrink.
    const double margin = 0.1 * (right - left);
    if (std::min(right - t, t - left) < margin) {
      const bool move = near_an_end || t >= right || t <= left;
      if (move) t = std::fabs(t - right) < std::fabs(t - left) ? right - margin : left + margin;
      near_an_end = !move;
    } else {
      near_an_end = false;
    }
    now = evaluate(t);
    if (too_high(now) || now.loss >= bracket[low].loss) {
      bracket[1 - low] = std::move(now);
      low = bracket[0].loss <= bracket[1].loss ? 0 : 1;
      continue;
    }
    found = flat_enough(now);
    if (!found && now.slope * (bracket[1 - low].t - bracket[low].t) >= 0) bracket[1 - low] = bracket[low];
    bracket[low] = std::move(now);
  }
  return bracket[low];
}

}  // namespace deepobs
