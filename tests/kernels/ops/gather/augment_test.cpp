#include "kernels/ops/gather_images/augment.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tests/golden/hash_values.h"

namespace deepobs {
namespace {

constexpr double u = 0x1p-24;
constexpr int side = 32, pixels = side * side, values = 3 * pixels;

/// The bytes [y, x, channel] of a golden image; make_augmentation.py has the same.
std::vector<std::uint8_t> golden_image(const std::string& kind, std::uint64_t stream) {
  std::vector<std::uint8_t> image(values);
  for (int c = 0; c < 3; ++c)
    for (int i = 0; i < pixels; ++i) {
      const std::uint8_t noise = hash_byte(stream, static_cast<std::uint64_t>((kind == "grey" ? 0 : c) * pixels + i));
      auto& byte = image[static_cast<std::size_t>(3 * i + c)];
      if (kind == "nearly constant")
        byte = c == 1 && i == 16 * side + 16 ? 5 : 4;
      else
        byte = kind == "dark" ? noise / 64 : noise;
    }
  return image;
}

AugmentDraws golden_draws(const nlohmann::json& image) {
  return {image["crop"][0],    image["crop"][1],    image["flip"],
          image["brightness"], image["saturation"], image["contrast"]};
}

/// Planes as the golden arrays lie, [y, x, channel].
std::vector<float> interleaved(const std::vector<float>& planes) {
  std::vector<float> image(planes.size());
  for (std::size_t i = 0; i < planes.size(); ++i) image[3 * (i % pixels) + i / pixels] = planes[i];
  return image;
}

/// The sampled values, the mean and the norm of one stage, all within an error of `allowed` in each pixel.
void check_stage(const std::vector<float>& got, const nlohmann::json& stage, const nlohmann::json& positions,
                 double allowed) {
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const std::size_t at = (positions[i][0].get<std::size_t>() * side + positions[i][1].get<std::size_t>()) * 3 +
                           positions[i][2].get<std::size_t>();
    INFO("sample ", i);
    CHECK(std::abs(static_cast<double>(got[at]) - stage["samples"][i].get<double>()) <= allowed);
  }
  double sum = 0., squares = 0.;
  for (const float x : got) {
    sum += x;
    squares += static_cast<double>(x) * x;
  }
  const double exact = 1e-12;  // of these sums in double, relative to the norm
  const double norm = stage["norm"];
  CHECK(std::abs(sum / values - stage["mean"].get<double>()) <= allowed + exact * norm);
  CHECK(std::abs(std::sqrt(squares) - norm) <= allowed * std::sqrt(values) + exact * norm);
}

nlohmann::json golden() {
  std::ifstream file(DEEPOBS_SOURCE_DIR "/tests/golden/augmentation.json");
  REQUIRE(file.good());
  return nlohmann::json::parse(file);
}

}  // namespace

TEST_CASE("Every pass of the augmentation is as numpy computes it in double") {
  const auto document = golden();
  REQUIRE(document["images"].size() >= 9);
  for (const auto& image : document["images"]) {
    const std::string kind = image["kind"];
    INFO(kind, ", stream ", image["stream"].get<int>());
    const auto bytes = golden_image(kind, image["stream"]);
    REQUIRE(std::accumulate(bytes.begin(), bytes.end(), 0) == image["byte_sum"].get<int>());
    const auto draws = golden_draws(image);
    const auto& after = image["after"];
    const auto& positions = document["positions_32"];
    std::vector<float> planes(values);

    crop_and_flip(bytes.data(), side, side, draws, planes.data());
    check_stage(interleaved(planes), after["flip"], positions, 0.);

    // Each of at most 16 roundings in a pixel is at most u * (its largest value + the brightness); a saturation of 1.5
    // at most, and the quotient of the clamp, have been counted in.
    const double pixel_error = 16. * u * (*std::ranges::max_element(bytes) + 1.);
    change_colours(planes.data(), pixels, draws);
    check_stage(interleaved(planes), after["saturation"], positions, pixel_error);

    std::vector<float> y(values);
    contrast_and_standardise(planes.data(), pixels, draws.contrast, y.data());
    // A pixel, its channel's mean, and the mean of all are off by pixel_error at most, and so is the deviation.
    const double norm = after["contrast"]["norm"], mean = after["contrast"]["mean"];
    const double deviation = std::max(std::sqrt(norm * norm / values - mean * mean), 1. / std::sqrt(values));
    const double largest = 1. + std::abs(*std::ranges::max_element(y, {}, [](float value) { return std::abs(value); }));
    const double numerator_error = (2. * draws.contrast + 2.) * pixel_error;
    check_stage(y, after["standardise"], positions, largest * (numerator_error / deviation + 8. * u));

    std::vector<float> at_once(values);
    augment(bytes.data(), side, side, draws, planes.data(), at_once.data());
    CHECK(at_once == y);
  }
}

TEST_CASE("An image of one colour is zero in the end, whatever its brightness") {
  for (const float brightness : {0.f, 0.1f, -0.2f}) {
    const std::vector<std::uint8_t> bytes(values, 100);
    std::vector<float> planes(values), y(values);
    augment(bytes.data(), side, side, {.brightness = brightness, .saturation = 1.4f, .contrast = 1.8f}, planes.data(),
            y.data());
    CHECK(std::ranges::all_of(y, [](float value) { return value == 0.f; }));
  }
}

TEST_CASE("The crop of small and oblong images is the padded image's") {
  const auto check_image = [](int height, int width) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(height * width * 3));
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i % 255 + 1);
    bool all_right = true;
    for (int top = 0; top <= 4; ++top)
      for (int left = 0; left <= 4; ++left)
        for (const bool flip : {false, true}) {
          std::vector<float> planes(bytes.size() + 1, -1.f);
          crop_and_flip(bytes.data(), height, width, {.top = top, .left = left, .flip = flip}, planes.data());
          for (int c = 0; c < 3; ++c)
            for (int y = 0; y < height; ++y)
              for (int x = 0; x < width; ++x) {
                const int from_y = y + top - 2, from_x = (flip ? width - 1 - x : x) + left - 2;
                const bool inside = from_y >= 0 && from_y < height && from_x >= 0 && from_x < width;
                const float wanted = inside ? bytes[static_cast<std::size_t>((from_y * width + from_x) * 3 + c)] : 0.f;
                all_right &= planes[static_cast<std::size_t>((c * height + y) * width + x)] == wanted;
              }
          all_right &= planes.back() == -1.f;
        }
    INFO(height, " x ", width);
    CHECK(all_right);
  };
  check_image(1, 1);
  check_image(1, 2);
  check_image(2, 1);
  check_image(3, 3);
  check_image(5, 17);
  check_image(33, 4);
}

TEST_CASE("Moments are right for every length, and for a mean that dwarfs the deviation") {
  for (const std::int64_t count : {1, 7, 8, 9, 17, 1000, 100'003}) {
    std::vector<float> x;
    double sum = 0., squares = 0.;
    for (std::int64_t i = 0; i < count; ++i) {
      x.push_back(1000.f + 0.125f * hash_value(5, static_cast<std::uint64_t>(i)));
      sum += x.back();
    }
    const double mean = sum / static_cast<double>(count);
    for (const float value : x) squares += (value - mean) * (value - mean);
    CHECK(moments_around(x.data(), count, 0.).sum == doctest::Approx(sum).epsilon(1e-13));
    CHECK(moments_around(x.data(), count, mean).squares == doctest::Approx(squares).epsilon(1e-11));
  }
}

TEST_CASE("Draws are uniform over their ranges") {
  constexpr int count = 100'000, batch = 128;
  std::array<std::array<int, 5>, 5> corners{};
  int flips = 0;
  struct Factor {
    double low, high, sum = 0., least = 1e9, most = -1e9;
    std::vector<double> all{};
  };
  std::array<Factor, 3> factors{Factor{-63. / 255., 63. / 255.}, Factor{0.5, 1.5}, Factor{0.2, 1.8}};
  for (int i = 0; i < count; ++i) {
    const auto d = draw_augmentation(11, Stream::augment, static_cast<std::uint64_t>(i / batch),
                                     static_cast<std::uint32_t>(i % batch), true);
    REQUIRE((d.top >= 0 && d.top <= 4 && d.left >= 0 && d.left <= 4));
    ++corners[static_cast<std::size_t>(d.top)][static_cast<std::size_t>(d.left)];
    flips += d.flip;
    const float drawn[] = {d.brightness, d.saturation, d.contrast};
    for (std::size_t k = 0; k < 3; ++k) {
      const double x = (drawn[k] - factors[k].low) / (factors[k].high - factors[k].low);
      factors[k].sum += x;
      factors[k].least = std::min(factors[k].least, x);
      factors[k].most = std::max(factors[k].most, x);
      factors[k].all.push_back(x);
    }
  }

  double chi_square = 0.;
  for (const auto& row : corners)
    for (const int n : row) chi_square += (n - count / 25.) * (n - count / 25.) / (count / 25.);
  CHECK(chi_square < 58.6);  // 24 degrees of freedom: exceeded by chance once in 10^4
  CHECK(chi_square > 6.4);   // a result this even would be as suspicious

  const double four_sigma = 4. / std::sqrt(count);
  CHECK(std::abs(flips / static_cast<double>(count) - 0.5) < 0.5 * four_sigma);
  for (const auto& factor : factors) {
    CHECK(factor.least >= -4. * u);  // low + (high - low) * x rounds
    CHECK(factor.most <= 1. + 4. * u);
    CHECK(factor.least < 20. / count);  // e^-20 by chance
    CHECK(factor.most > 1. - 20. / count);
    CHECK(std::abs(factor.sum / count - 0.5) < four_sigma / std::sqrt(12.));
  }
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t b = 0; b < a; ++b) {
      double product = 0.;
      for (std::size_t i = 0; i < count; ++i) product += (factors[a].all[i] - 0.5) * (factors[b].all[i] - 0.5);
      CHECK(std::abs(product / count * 12.) < four_sigma);  // correlation
    }
}

TEST_CASE("Draws depend on seed, stream, step and position, and on nothing else") {
  const auto draw = [](std::uint64_t seed, Stream stream, std::uint64_t step, std::uint32_t position,
                       bool flip = true) {
    const auto d = draw_augmentation(seed, stream, step, position, flip);
    return std::tuple{d.top, d.left, d.flip, d.brightness, d.saturation, d.contrast};
  };
  std::set<decltype(draw(0, Stream::augment, 0, 0))> different;
  int drawn = 0;
  for (const std::uint64_t seed : {0, 1, 42})
    for (const Stream stream : {Stream::augment, Stream::augment_eval})
      for (const std::uint64_t step :
           {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32, std::uint64_t{1} << 47})
        for (std::uint32_t position = 0; position < 128; ++position, ++drawn)
          different.insert(draw(seed, stream, step, position));
  CHECK(static_cast<int>(different.size()) == drawn);

  CHECK(draw(3, Stream::augment, 5, 7) == draw(3, Stream::augment, 5, 7));
  for (std::uint32_t position = 0; position < 64; ++position) {
    const auto with = draw_augmentation(3, Stream::augment, 5, position, true);
    const auto without = draw_augmentation(3, Stream::augment, 5, position, false);
    CHECK_FALSE(without.flip);
    CHECK(with.top == without.top);
    CHECK(with.left == without.left);
    CHECK(with.contrast == without.contrast);
  }
}

}  // namespace deepobs
