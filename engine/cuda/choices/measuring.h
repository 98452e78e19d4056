#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/cuda/choices/cuda_choices.h"

struct CUstream_st;

namespace deepobs {

/// Microseconds that `work` takes on the GPU as a part of a captured step: many calls of it are one graph, and the
/// least of a few launches counts, so neither the host's rate of launches nor a disturbance does. Where one call takes
/// milliseconds, it alone is enough.
///   errors  those of `work`, or internal: it does something that cannot be captured
double measured_microseconds(CUstream_st* stream, const std::function<void()>& work);

/// Candidates for one choice, told in the order of preference: what is as fast as makes no difference goes to the
/// first.
class Contest {
 public:
  void add(std::string choice, double microseconds) { entries_.push_back({std::move(choice), microseconds}); }
  bool empty() const { return entries_.empty(); }

  /// The first within 3 % of the fastest; its report has the two best others. There must be one.
  MeasuredChoice winner() const;

 private:
  struct Entry {
    std::string choice;
    double microseconds;
  };
  std::vector<Entry> entries_;
};

}  // namespace deepobs
