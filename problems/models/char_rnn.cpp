#include "kernels/ops/shape/reshape.h"
#include "problems/models/networks.h"

namespace deepobs {

Value char_rnn(Layers& layers, Value ids, std::int64_t characters) {
  constexpr std::int64_t units = 128;
  Value x = layers.embedding("embedding", ids, {.rows = characters, .width = units});
  for (const char* name : {"lstm1", "lstm2"}) {
    x = layers.dropout(text(name, ".input"), x, 0.2);
    x = layers.lstm(name, x, {.units = units, .forget_bias = 1});
    x = layers.dropout(text(name, ".output"), x, 0.2);
  }
  x = reshape(x, {x.dim(0) * x.dim(1), units});
  return layers.dense("fc", x, {.units = characters, .bias = init::glorot_uniform(characters, characters)});
}

}  // namespace deepobs
