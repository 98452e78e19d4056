#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/convolution/conv_algorithm.h"
#include "problems/data/dataset.h"
#include "runner/results/files/safetensors.h"
#include "tests/golden/hash_values.h"
#include "tests/problems/data/make_mat.h"

namespace deepobs {

/// A file of tests/golden.
inline nlohmann::json golden_file(const std::string& name) {
  const std::string path = std::string(DEEPOBS_SOURCE_DIR) + "/tests/golden/" + name;
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot open " + path);
  return nlohmann::json::parse(file);
}

/// One file of tests/golden/problems and the inputs that belong to it, made from their hashes.
struct GoldenProblem {
  explicit GoldenProblem(const std::string& problem)
      : name(problem), json(golden_file("problems/" + problem + ".json")) {
    const auto extents = json["image"].get<std::vector<std::int64_t>>();
    channels = extents[0], height = extents[1], width = extents[2];
    const auto& streams = json["streams"];
    labels = hash_labels(streams["labels"], json["images"], json["classes"]);
    images = hash_images(streams["noise"], streams["pattern"], labels, static_cast<std::size_t>(channels),
                         static_cast<std::size_t>(height), static_cast<std::size_t>(width));
  }

  static bool exists(const std::string& problem) {
    return std::filesystem::exists(std::string(DEEPOBS_SOURCE_DIR) + "/tests/golden/problems/" + problem + ".json");
  }

  std::int64_t batch_size() const { return json["batch_size"]; }

  /// Whether the network has running statistics, so that an evaluation computes other numbers than training.
  bool has_statistics() const { return json["batch"]["float64"].contains("evaluated"); }

  /// What trainings are compared by: the larger roundings of tiles move some of a deep network's millions of relus
  /// across their kink, and each of them makes the gradient jump.
  ConvAlgorithm conv_algorithm() const { return has_statistics() ? ConvAlgorithm::direct : ConvAlgorithm::automatic; }
  std::string dataset_name() const { return name.substr(0, name.find('_')); }

  /// The initial parameters, in PyTorch's shapes.
  std::vector<NamedTensor> parameters() const {
    std::vector<NamedTensor> tensors;
    for (std::size_t i = 0; i < json["parameters"].size(); ++i) {
      const auto& entry = json["parameters"][i];
      NamedTensor tensor{entry["name"], entry["shape"], {}};
      std::size_t count = 1;
      for (const std::int64_t extent : tensor.shape) count *= static_cast<std::size_t>(extent);
      tensor.values = hash_scaled(json["streams"]["parameters"].get<std::uint64_t>() + i, count, entry["scale"]);
      tensors.push_back(std::move(tensor));
    }
    return tensors;
  }

  /// All images as the training half, the first `test_count` of them as the test half.
  Dataset dataset(std::int64_t test_count) const {
    Dataset data;
    data.name = dataset_name();
    data.columns = {image_column(height, width, channels), label_column(json["classes"])};
    data.train = split(static_cast<std::int64_t>(labels.size()));
    data.test = split(test_count);
    return data;
  }

  /// The same as files in the official format, below `place`.
  void write_files(const std::filesystem::path& place, std::int64_t test_count) const {
    const auto count = static_cast<std::int64_t>(labels.size());
    const auto folder = place / dataset_name();
    if (dataset_name() == "svhn") {
      write_arrays(folder / "train_32x32.mat", count);
      write_arrays(folder / "test_32x32.mat", test_count);
    } else if (channels == 1) {
      write_idx(folder, "train", count);
      write_idx(folder, "t10k", test_count);
    } else {
      const bool coarse = json["classes"] == 100;  // CIFAR-100 has two label bytes
      write_records(folder / (coarse ? "train.bin" : "data_batch_1.bin"), count, coarse);
      write_records(folder / (coarse ? "test.bin" : "test_batch.bin"), test_count, coarse);
    }
  }

  std::string name;
  nlohmann::json json;
  std::int64_t channels, height, width;
  std::vector<std::int32_t> labels;
  std::vector<std::uint8_t> images;  ///< [n, C, H, W]

 private:
  std::int64_t image_bytes() const { return channels * height * width; }

  Split split(std::int64_t count) const {
    std::vector<std::uint8_t> pixels;
    pixels.reserve(static_cast<std::size_t>(count * image_bytes()));
    for (std::int64_t n = 0; n < count; ++n)
      for (std::int64_t pixel = 0; pixel < height * width; ++pixel)
        for (std::int64_t c = 0; c < channels; ++c)
          pixels.push_back(images[static_cast<std::size_t>((n * channels + c) * height * width + pixel)]);
    return {.count = count,
            .columns = {std::move(pixels), std::vector<std::int32_t>(labels.begin(), labels.begin() + count)}};
  }

  void write_idx(const std::filesystem::path& folder, const std::string& half, std::int64_t count) const {
    const auto n = static_cast<std::uint32_t>(count);
    const test::Bytes pixels(images.begin(), images.begin() + count * image_bytes());
    const test::Bytes classes(labels.begin(), labels.begin() + count);
    test::write(folder / (half + "-images-idx3-ubyte"), test::idx(2051, {n, 28, 28}, pixels));
    test::write(folder / (half + "-labels-idx1-ubyte"), test::idx(2049, {n}, classes));
  }

  /// Digit 0 has label 10, and rows are the fastest.
  void write_arrays(const std::filesystem::path& file, std::int64_t count) const {
    test::Bytes pixels, digits;
    for (std::int64_t n = 0; n < count; ++n) {
      const std::int32_t label = labels[static_cast<std::size_t>(n)];
      digits.push_back(static_cast<std::uint8_t>(label == 0 ? 10 : label));
      for (std::int64_t c = 0; c < channels; ++c)
        for (std::int64_t x = 0; x < width; ++x)
          for (std::int64_t y = 0; y < height; ++y)
            pixels.push_back(images[static_cast<std::size_t>(((n * channels + c) * height + y) * width + x)]);
    }
    test::write(file, test::svhn_file(pixels, digits));
  }

  void write_records(const std::filesystem::path& file, std::int64_t count, bool coarse) const {
    test::Bytes bytes;
    for (std::int64_t n = 0; n < count; ++n) {
      if (coarse) bytes.push_back(0);
      bytes.push_back(static_cast<std::uint8_t>(labels[static_cast<std::size_t>(n)]));
      bytes.insert(bytes.end(), images.begin() + n * image_bytes(), images.begin() + (n + 1) * image_bytes());
    }
    test::write(file, bytes);
  }
};

}  // namespace deepobs
