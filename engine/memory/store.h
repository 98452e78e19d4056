#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/check.h"
#include "engine/memory/role.h"
#include "engine/tensor/shape.h"
#include "engine/tensor/view.h"

namespace deepobs {

/// How a parameter's elements lie in a file: PyTorch's shape, and where in the engine's own tensor each element of it
/// is. `strides[i]` is the distance, in the engine's tensor, between neighbours along `extents[i]`; the extents, in
/// order, factor PyTorch's row-major order (a dense weight behind a flatten splits its input axis into C, H and W).
struct Border {
  Shape shape;
  std::vector<std::int64_t> extents, strides;

  /// The same order on both sides.
  static Border plain(const Shape& shape);
  /// Offset in the engine's tensor of the element that stands at `index` of PyTorch's row-major order.
  std::int64_t offset(std::int64_t index) const;
  /// Errors: extents that do not factor the shape, strides that leave the tensor or do not reach its end. `name` is the
  /// parameter's.
  void check(const std::string& name) const;
};

/// The part that a parameter plays in its layer, for optimizers that treat some kinds otherwise than others.
enum class ParameterKind : std::uint8_t {
  matrix,     ///< hidden dense or recurrent weights [in, out]
  kernel,     ///< of a convolution [kh, kw, in, out]
  bias,       ///< added to a layer's output
  norm,       ///< scale or shift of a normalisation
  embedding,  ///< a table of rows [rows, width]
  head,       ///< weights [in, out] of the model's last dense layer
};

std::string_view name_of(ParameterKind kind);

/// The kind of a parameter where no layer says it: bias with at most one axis, kernel with four, else matrix.
ParameterKind usual_kind(const Shape& shape);

/// Fills a parameter with its initial values, in PyTorch's order. `stream` is initial_stream() of the parameter's name;
/// together with the seed it keys the random numbers.
using Initializer = std::function<void(std::span<float> values, std::uint64_t seed, std::uint64_t stream)>;

/// The stream of random numbers that a parameter's initial values come from: 48 bits of a hash of its name (FNV-1a). So
/// they depend neither on the other parameters nor on the order of their declarations, which in the arguments of one
/// call is the compiler's.
std::uint64_t initial_stream(std::string_view parameter);

/// The tensors that outlive a step, as declared while recording: parameters (flat, one behind the other), their
/// gradients in the same places, optimizer slots, carried state, inputs, logs. It holds no memory: a Storage does, one
/// for each run. Programs that share parameters (training, evaluation) are recorded over one Store.
class Store {
 public:
  struct Parameter {
    std::string name;
    Shape shape;    ///< as the engine keeps it
    Border border;  ///< as files keep it
    Initializer initial;
    std::int64_t offset;  ///< of its first float in the flat buffers, a multiple of `alignment`
    ParameterKind kind = usual_kind(shape);
  };

  /// One block of memory. Parameters and gradients are buffers too, the first two.
  struct Buffer {
    std::string name;
    Role role = Role::input;
    Type type = Type::f32;
    Shape shape;
    double fill = 0;                                     ///< initial value of every element
    std::function<void(std::span<float>)> content = {};  ///< of f32, in place of `fill`: writes the initial values
  };

  static constexpr int parameters_id = 0;
  static constexpr int gradients_id = 1;
  static constexpr std::int64_t alignment = 16;  ///< floats: a cache line; the gaps hold zeros

  Store();

  /// Declares a parameter, or finds the one of this name (then shape must agree). Returns its index.
  /// Errors: same name with another shape; a new one after sealing.
  int parameter(const std::string& name, const Shape& shape, Border border, Initializer initial);

  /// Gives a parameter its kind, which changes neither order nor values nor files. Errors: no parameter has that name.
  void set_kind(std::string_view parameter, ParameterKind kind);

  /// No more parameters: their flat size is now fixed.
  void seal() { sealed_ = true; }

  /// Declares a buffer. Returns its index. Errors: a name twice.
  int buffer(Buffer buffer);

  /// The buffer of that index. Errors: there is none.
  const Buffer& buffer(int id) const;

  /// Declares a buffer that several graphs of the store use, as they do parameters, or finds the one of this name.
  /// Errors: the one of this name is another (role, type, shape or initial value).
  int shared_buffer(const Buffer& buffer);

  std::span<const Parameter> parameters() const { return parameters_; }
  std::span<const Buffer> buffers() const { return buffers_; }

  /// Indices of the buffers of a role, in the order of their declaration.
  std::vector<int> of_role(Role role) const;

  /// Index of the buffer of that name. Errors: there is none.
  int find(std::string_view name) const;

  /// Floats of the flat buffers, gaps included.
  std::int64_t flat_floats() const;

  /// Trainable numbers, gaps not included.
  std::int64_t parameter_count() const;

 private:
  std::vector<Parameter> parameters_;
  std::vector<Buffer> buffers_;
  bool sealed_ = false;
};

}  // namespace deepobs
