#include "kernels/cuda/convolution/conv_task.h"

#include "engine/base/check.h"

namespace deepobs {

const char* name_of(ConvDirection direction) {
  return direction == ConvDirection::forward         ? "conv forward"
         : direction == ConvDirection::data_gradient ? "conv data gradient"
                                                     : "conv weight gradient";
}

std::string described(const ConvTask& task) {
  const ConvGeometry& g = task.geometry;
  return text(name_of(task.direction), " ", g.n, "x", g.h, "x", g.w, "x", g.c_in, " with ", g.kh, "x", g.kw, "x",
              g.c_out, " stride ", g.stride_h, "x", g.stride_w, " padding ", g.pad_top, ",", g.pad_bottom, ",",
              g.pad_left, ",", g.pad_right, " ", name_of(task.precision),
              task.order == FilterOrder::krsc ? " krsc" : "");
}

}  // namespace deepobs
