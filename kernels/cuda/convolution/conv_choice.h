#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace deepobs {

/// How a library computes a convolution, as text: "algorithm 1, math 3, nhwc", "graph engine 37 knobs 2=4,12=1, nchw"
/// or "graph engine 5, nhwc, 8 channels". A later process makes the same of it.
struct ConvChoice {
  std::string plan;   ///< in the words of the library's part (cudnn_conv.h)
  bool nchw = false;  ///< images [N, C, H, W] and filters [K, C, kh, kw] instead of [N, H, W, C], [K, kh, kw, C]
  std::int64_t channels = 0;  ///< of x and the filter, those more than they have being zeros; 0: as many as they have

  std::string to_text() const;
  /// Nothing where the text is no such choice.
  static std::optional<ConvChoice> of(const std::string& text);
};

}  // namespace deepobs
