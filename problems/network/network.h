#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/memory/storage.h"
#include "engine/run/device.h"
#include "kernels/update/optimizer.h"
#include "problems/network/batch.h"
#include "problems/network/layers.h"

namespace deepobs {

/// What is computed of a mini-batch.
struct NetworkValues {
  Value loss = {};  ///< scalar []: what training minimises; empty: the network does not learn
  std::vector<std::pair<std::string, Value>> outputs = {};  ///< float32: what inference gives, by name
};

/// A network of a program's own, as data: what an example is, what is computed of a mini-batch, and how it learns.
struct NetworkDescription {
  /// What every example has; a mini-batch has it as a tensor [batch, item].
  struct Input {
    std::string name;
    Shape item = {};        ///< of one example; {} is a single number
    Type type = Type::f32;  ///< i32 for labels and indices, u8 for bytes
  };
  std::vector<Input> inputs;

  /// Records the network for a mini-batch. It is called once for each batch size and purpose, later ones included, so
  /// what it refers to must live as long as the network. Layers::mode() tells training from evaluation.
  std::function<NetworkValues(Layers&, const Batch&)> record;

  std::int64_t batch_size = 1;  ///< examples of the first recording; other sizes are recorded when they come

  std::optional<Optimizer> optimizer = {};       ///< find_optimizer("Adam"), any other, or one of the program's own
  std::vector<NamedValue> hyperparameters = {};  ///< of the optimizer; its standards for those that are not here
  std::uint64_t seed = 1;                        ///< of the initial values and of dropout
};

/// The numbers of one input for all examples of a mini-batch, one example behind the other: {"x", numbers}. It borrows
/// them: any contiguous range of float, std::int32_t, std::uint8_t or double.
struct NamedNumbers {
  template <std::ranges::contiguous_range Range>
  requires Number<std::ranges::range_value_t<Range>> NamedNumbers(std::string_view of, const Range& numbers)
      : name(of),
        type(type_of<std::ranges::range_value_t<Range>>()),
        data(std::ranges::data(numbers)),
        count(static_cast<std::int64_t>(std::ranges::size(numbers))) {}

  std::string_view name;
  Type type;
  const void* data;
  std::int64_t count;
};

/// A network that trains and infers: a store, a device with the memory of one run, and for every batch size and purpose
/// that came up a recorded graph, its plan and its program. All share the parameters. Each part can be had alone, too:
/// engine/run/program.h.
///
/// An optimizer may evaluate other weights than it trains (Method::evaluation: ScheduleFreeAdamW its average). A network
/// then shows those, as runs do: evaluate(), infer(), parameter() and save() have them, and differentiate() has the
/// trained ones. From what it shows, set_parameter() and load() let such a network begin anew: the optimizer's state is
/// as at first, and steps() is 0.
///
/// The size of a mini-batch follows from how many numbers are given. A network belongs to one thread at a time, and can
/// be moved. Errors, of every member function: usage, a network that was moved from.
class Network {
 public:
  using Numbers = std::vector<NamedNumbers>;

  /// Records the network for training in mini-batches of `batch_size`, and draws the initial values. On a GPU, with
  /// cuda_device() of engine/run/cuda_device.h in place of the CPU.
  /// Errors: usage, no record function; an input without a name or numbers, or twice; a batch size below 1; an output
  /// that is empty, or twice; a loss that is no scalar; those of recording, resolve() and record_method()
  explicit Network(NetworkDescription description, std::unique_ptr<Device> device = cpu_device());
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;
  ~Network();

  /// One step of the optimizer: differentiate() and update(), or what else its method does with the mini-batch.
  /// Errors: those of differentiate(); usage, there is no optimizer
  void train(const Numbers& numbers, double learning_rate);

  /// The loss of a mini-batch, as in training, and its gradients.
  /// Errors: usage, a network without loss; an input that is missing, unknown, given twice, of another type, or of no
  /// whole number of examples or another than the rest; no example at all; a number that an op of the network cannot
  /// take: a label that is no class
  void differentiate(const Numbers& numbers);

  /// Changes the parameters by the gradients that differentiate() left.
  /// Errors: usage, there is no optimizer; there are no gradients yet; the optimizer evaluates the mini-batch several
  /// times in a step (LBFGS), which train() alone can do
  void update(double learning_rate);

  /// The loss of the latest differentiate(), train() (before its update) or evaluate(); of a GPU it waits for that.
  /// Errors: usage, there was none
  float loss() const;

  /// The loss of a mini-batch without what belongs to training alone: no dropout, statistics as they were learnt.
  /// Errors: those of differentiate()
  float evaluate(const Numbers& numbers);

  /// The first of the outputs, [batch, ...] in row-major order. Inputs that no output depends on, labels, can be left
  /// out. Errors: those of differentiate(); a network without outputs
  std::vector<float> infer(const Numbers& numbers);

  /// Any output of the latest infer(). Errors: usage, an unknown name; nothing was inferred
  std::vector<float> output(std::string_view name) const;

  /// A parameter, or its gradient of the latest differentiate() or train(), as the optimizer left it, in PyTorch's
  /// shape and order (Store::Parameter::border).
  /// Errors: usage, an unknown name; another number of values; there are no gradients yet
  std::vector<float> parameter(std::string_view name) const;
  std::vector<float> gradient(std::string_view name) const;
  void set_parameter(std::string_view name, std::span<const float> values);

  /// All parameters, and what layers learn beside them, as a safetensors file in PyTorch's names and shapes. The
  /// optimizer's state and the number of steps are no part of it.
  /// Errors: those of network/parameters_file.h; nothing is changed unless everything fits
  void save(const std::filesystem::path& file) const;
  void load(const std::filesystem::path& file);

  /// Everything as it was made: initial values from the seed, no steps.
  void restart(std::uint64_t seed);

  std::int64_t steps() const;  ///< updates so far

  const Store& store() const;  ///< what there is: store().parameters() with names and shapes
  Storage& storage();          ///< where it lies; what is declared in the store later has memory there after extend()
  Device& device();

 private:
  struct Parts;
  Parts& parts() const;
  std::unique_ptr<Parts> parts_;
};

}  // namespace deepobs
