#include "kernels/ops/elementwise/algebra.h"
#include "problems/models/networks.h"

namespace deepobs {
namespace {

/// What the batch norms, convolutions and additions of the network have in common.
class Units {
 public:
  explicit Units(Layers& layers) : layers_(layers) {}

  Value normalised(const std::string& name, Value x) {
    return layers_.batch_norm(name, x, {.activation = Activation::relu});
  }

  Value conv(const std::string& name, Value x, std::int64_t channels, int kernel, int stride) {
    const std::int64_t area = std::int64_t{kernel} * kernel;
    return layers_.conv(name, x,
                        {.channels = channels,
                         .kernel = kernel,
                         .stride = stride,
                         .pad = Pad::same,
                         .activation = Activation::none,
                         .weight = init::glorot_uniform(area * x.dim(3), area * channels),
                         .bias = {}});
  }

  /// The first unit of a group: the shortcut is a convolution of what has been normalised.
  Value widening(const std::string& name, Value x, std::int64_t channels, int stride) {
    const Value a = normalised(name + ".bn1", x);
    const Value shortcut = conv(name + ".shortcut", a, channels, 1, stride);
    return sum(name, residual(name, a, channels, stride), shortcut);
  }

  /// The others: the shortcut is x as it came.
  Value plain(const std::string& name, Value x) {
    return sum(name, residual(name, normalised(name + ".bn1", x), x.dim(3), 1), x);
  }

 private:
  Value residual(const std::string& name, Value a, std::int64_t channels, int stride) {
    const Value x = normalised(name + ".bn2", conv(name + ".conv1", a, channels, 3, stride));
    return conv(name + ".conv2", x, channels, 3, 1);
  }

  Value sum(const std::string& name, Value residual, Value shortcut) {
    layers_.graph().set_label(name);
    const Value y = add(residual, shortcut);
    layers_.graph().set_label("");
    return y;
  }

  Layers& layers_;
};

}  // namespace

Value wide_resnet(Layers& layers, Value images, const WideResnet& network, std::int64_t classes) {
  Units units(layers);
  Value x = units.conv("conv0", images, 16, 3, 1);
  for (int group = 1; group <= 3; ++group) {
    const std::int64_t channels = std::int64_t{network.widening} * (8 << group);
    for (int unit = 0; unit < network.units; ++unit) {
      const std::string name = text('g', group, 'u', unit);
      x = unit == 0 ? units.widening(name, x, channels, group == 1 ? 1 : 2) : units.plain(name, x);
    }
  }
  x = layers.global_mean("mean", units.normalised("last.bn", x));
  return layers.dense("fc", x, {.units = classes});
}

}  // namespace deepobs
