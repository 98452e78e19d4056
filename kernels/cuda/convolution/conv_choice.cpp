#include "kernels/cuda/convolution/conv_choice.h"

#include <charconv>
#include <string_view>

#include "engine/base/check.h"

namespace deepobs {
namespace {

constexpr std::string_view nhwc_end = ", nhwc", nchw_end = ", nchw", channels_end = " channels";

bool take_end(std::string_view& text, std::string_view end) {
  if (!text.ends_with(end)) return false;
  text.remove_suffix(end.size());
  return true;
}

}  // namespace

std::string ConvChoice::to_text() const {
  return plan + std::string(nchw ? nchw_end : nhwc_end) + (channels > 0 ? text(", ", channels, channels_end) : "");
}

std::optional<ConvChoice> ConvChoice::of(const std::string& text) {
  ConvChoice choice;
  std::string_view left = text;
  if (take_end(left, channels_end)) {
    const auto comma = left.rfind(", ");
    if (comma == std::string_view::npos) return {};
    const std::string_view number = left.substr(comma + 2);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), choice.channels);
    if (error != std::errc() || end != number.data() + number.size() || choice.channels <= 0) return {};
    left = left.substr(0, comma);
  }
  choice.nchw = take_end(left, nchw_end);
  if (!choice.nchw && !take_end(left, nhwc_end)) return {};
  choice.plan = left;
  return choice;
}

}  // namespace deepobs
