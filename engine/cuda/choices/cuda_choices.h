#pragma once

#include <functional>
#include <string>

namespace deepobs {

/// What measuring has found.
struct MeasuredChoice {
  std::string choice;
  std::string times;  ///< for people: "12.3 us by this one; 12.9 us by that one; 24 measured"; may be empty
};

/// Choices that were made by measuring, for a whole process and, where they are kept (AlgorithmStore), for later ones
/// and those beside it: whoever needs the same product again gets the same one, so that equal runs compute equal bits.
class CudaChoices {
 public:
  virtual ~CudaChoices() = default;

  /// Takes a choice over. `ran`: it has been run in this process, so nothing needs to be tried. Returns why it cannot
  /// be used, which has no consequence but another choice; empty: it is taken. What `measure` returns has been run.
  using Use = std::function<std::string(const std::string& choice, bool ran)>;
  using Measure = std::function<MeasuredChoice()>;

  /// Makes one choice for `what` be used: the one that is known, or, where there is none or it cannot be used any more
  /// (which is a warning of the device), that of `measure`, which runs alone. `made_with` names what it depends on
  /// beside the GPU: the library and its version.
  ///   errors  those of `use` and `measure`; internal: what was measured cannot be used
  virtual void choose(const std::string& what, const std::string& made_with, const Use& use,
                      const Measure& measure) = 0;

  /// A choice that can be used whatever it is.
  std::string choice(const std::string& what, const std::string& made_with,
                     const std::function<std::string()>& measure) {
    std::string chosen;
    choose(
        what, made_with,
        [&](const std::string& choice, bool) {
          chosen = choice;
          return std::string();
        },
        [&] {
          return MeasuredChoice{measure(), ""};
        });
    return chosen;
  }
};

}  // namespace deepobs
