#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <thread>

#include "engine/tensor/random.h"
#include "kernels/ops/elementwise/algebra.h"
#include "problems/data/dataset_info.h"
#include "problems/models/networks.h"
#include "problems/problem.h"

namespace deepobs::test {

// A data set whose records are computed one by one, to be held in memory or to be streamed: the same records.

inline constexpr std::int64_t scribble_classes = 4;

/// How many records each part has.
struct Records {
  std::int64_t train = 45, test = 17, valid = 0;
  std::int64_t without_factor = -1;  ///< the training record whose factor is NaN; -1: none
  std::int64_t of(DataPart part) const {
    return part == DataPart::train ? train : part == DataPart::test ? test : valid;
  }
};

/// Record `index` of a part: an image of random bytes, and its class.
inline void scribble(DataPart part, std::int64_t index, std::span<std::uint8_t> image, std::int32_t& label) {
  const auto number = static_cast<std::uint64_t>(index) * 3 + static_cast<std::uint64_t>(part);
  for (std::size_t i = 0; i < image.size(); ++i)
    image[i] = static_cast<std::uint8_t>(random_words(7, Stream::augment, 0, number, static_cast<std::uint32_t>(i))[0]);
  label = static_cast<std::int32_t>(index % scribble_classes);
  image[static_cast<std::size_t>(label)] = 255;
}

/// Waits as long as nobody can foresee, up to a millisecond.
inline void wait_a_little(DataPart part, std::int64_t index) {
  static std::atomic<std::uint64_t> calls = 0;
  const auto word =
      random_words(1, Stream::shuffle, static_cast<std::uint32_t>(part), ++calls, static_cast<std::uint32_t>(index))[0];
  if (word % 2 == 0) std::this_thread::sleep_for(std::chrono::microseconds(word / 2 % 1000));
}

/// Called before a record is read.
using Interference = std::function<void(DataPart part, std::int64_t index)>;

/// An image, its class, and a factor of its loss.
inline std::vector<Column> scribble_columns() {
  return {image_column(6, 5, 3), label_column(scribble_classes), {.name = "factors"}};
}

inline float scribble_factor(const Records& records, DataPart part, std::int64_t index) {
  const bool none = part == DataPart::train && index == records.without_factor;
  return none ? std::numeric_limits<float>::quiet_NaN() : 1 + 0.1f * static_cast<float>(index % 7);
}

inline DatasetInfo scribbles_in_memory(const Records& records = {}) {
  DatasetInfo info{.name = "scribbles",
                   .title = "Scribbles",
                   .columns = scribble_columns(),
                   .train = records.train,
                   .test = records.test,
                   .valid = records.valid};
  info.generate = [records](DataPart part) -> std::vector<ColumnValues> {
    const std::int64_t count = records.of(part);
    std::vector<std::uint8_t> images(static_cast<std::size_t>(count) * 90);
    std::vector<std::int32_t> labels(static_cast<std::size_t>(count));
    std::vector<float> factors;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const auto index = static_cast<std::int64_t>(i);
      scribble(part, index, std::span(images).subspan(i * 90, 90), labels[i]);
      factors.push_back(scribble_factor(records, part, index));
    }
    return {std::move(images), std::move(labels), std::move(factors)};
  };
  return info;
}

inline DatasetInfo scribbles_streamed(Interference before = wait_a_little, const Records& records = {}) {
  DatasetInfo info = scribbles_in_memory(records);
  info.generate = nullptr;
  info.open = [before, records](DataPart part) -> RecordSource {
    return {.count = records.of(part), .read = [=](std::int64_t index, const RecordPlace& to) {
              before(part, index);
              scribble(part, index, to.values<std::uint8_t>(0), to.values<std::int32_t>(1)[0]);
              to.values<float>(2)[0] = scribble_factor(records, part, index);
            }};
  };
  return info;
}

/// Which class a scribble is of, with random operations on the images that are trained on.
inline Problem scribbles_logreg() {
  return {.name = "scribbles_logreg",
          .title = "Softmax regression on scribbles",
          .dataset = "scribbles",
          .feed = rows({.training = Preprocess::augment, .test = Preprocess::standardise}),
          .loss_name = "softmax cross entropy",
          .weight_decay = 1e-3,
          .batch_size = 4,
          .num_epochs = 3,
          .train_eval_size = 13,
          .record =
              [](Layers& layers, const Batch& batch) {
                const auto network = [](Layers& of, Value images) { return logreg(of, images, scribble_classes); };
                Outputs outputs = classification(network)(layers, batch);
                outputs.losses = multiply(outputs.losses, batch["factors"]);
                return outputs;
              },
          .source = "this test"};
}

}  // namespace deepobs::test
