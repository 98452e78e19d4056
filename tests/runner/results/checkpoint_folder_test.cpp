#include "runner/results/files/checkpoint_folder.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <cstring>

#include "tests/error_of.h"
#include "tests/runner/results/comparable_result.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

namespace fs = std::filesystem;

CheckpointContent content_of(int number) {
  const std::vector<float> values{static_cast<float>(number), 2, 3};
  const auto bytes = std::as_bytes(std::span(values));
  return {{{"state.parameters", "F32", {3}, {bytes.begin(), bytes.end()}}, {"empty", "F64", {0}, {}}},
          {{"epoch", std::to_string(number)}}};
}

/// Of all that a checkpoint holds, each piece behind its size.
std::uint32_t crc_of(const CheckpointContent& of) {
  std::string all;
  const auto add = [&](const void* bytes, std::uint64_t size) {
    all.append(reinterpret_cast<const char*>(&size), sizeof size);
    all.append(static_cast<const char*>(bytes), size);
  };
  for (const auto& [key, value] : of.texts) {
    if (key == "crc32") continue;
    add(key.data(), key.size());
    add(value.data(), value.size());
  }
  for (const auto& [name, dtype, shape, bytes] : of.tensors) {
    add(name.data(), name.size());
    add(dtype.data(), dtype.size());
    add(shape.data(), shape.size() * sizeof(std::int64_t));
    add(bytes.data(), bytes.size());
  }
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(all.data()), all.size()));
}

struct Fixture {
  TempDir folder;
  fs::path all = folder.path() / "checkpoints", own = all / "problem/optimizer/setting/random_seed__42";
  std::vector<std::string> passed_over;

  CheckpointFolder open() const { return CheckpointFolder(all, "problem/optimizer/setting/random_seed__42"); }

  /// The number of the checkpoint that is found; -1: none.
  int found() {
    passed_over.clear();
    const auto newest = open().newest(passed_over);
    if (!newest) return -1;
    float number = 0;
    std::memcpy(&number, newest->tensors.at(0).bytes.data(), sizeof number);
    CHECK(newest->texts.at("epoch") == std::to_string(static_cast<int>(number)));
    return static_cast<int>(number);
  }

  static void overwrite(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  }
};

TEST_CASE_FIXTURE(Fixture, "checkpoint folder: the newest is found, two are kept, and none are left behind") {
  CHECK(found() == -1);
  for (int number = 1; number <= 5; ++number) {
    {
      CheckpointFolder checkpoints = open();
      std::vector<std::string> none;
      checkpoints.newest(none);
      checkpoints.write(content_of(number));
    }
    CHECK(found() == number);
    CHECK(passed_over.empty());
  }
  CheckpointFolder checkpoints = open();
  checkpoints.newest(passed_over);
  for (int number = 6; number <= 9; ++number) checkpoints.write(content_of(number));  // by one process
  std::vector<std::string> files;
  for (const auto& each : fs::directory_iterator(own)) files.push_back(each.path().filename().string());
  CHECK(files.size() == 3);  // two and the lock
  checkpoints.remove();
  CHECK(fs::exists(all));  // it may be the user's
  CHECK(fs::is_empty(all));
}

TEST_CASE_FIXTURE(Fixture,
                  "checkpoint folder: a bit that is not what it was, or an end that is missing, gives the one before") {
  {
    CheckpointFolder checkpoints = open();
    checkpoints.write(content_of(1));  // odd
    checkpoints.write(content_of(2));  // even
  }
  const fs::path newest = own / "even.safetensors";
  const std::string whole = content(newest);
  int silent = 0;
  for (std::size_t byte = 0; byte < whole.size(); ++byte)
    for (const int bit : {0, 3, 7}) {
      std::string flipped = whole;
      flipped[byte] = static_cast<char>(flipped[byte] ^ (1 << bit));
      overwrite(newest, flipped);
      const int number = found();
      CHECK((number == 1 || number == 2));
      if (number == 2) ++silent;
      CHECK(passed_over.size() == (number == 1 ? 1 : 0));
    }
  CHECK(silent == 0);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    overwrite(newest, whole.substr(0, size));
    CHECK(found() == 1);
    CHECK(passed_over.size() == 1);
    CHECK(passed_over.front().find(newest.string()) != std::string::npos);
  }
  overwrite(own / "odd.safetensors", "");
  CHECK(found() == -1);
  CHECK(passed_over.size() == 2);
  open().write(content_of(3));  // goes on all the same
  CHECK(found() == 3);
}

TEST_CASE_FIXTURE(Fixture,
                  "checkpoint folder: after a damaged one the next is written over it, not over the whole one") {
  {
    CheckpointFolder checkpoints = open();
    checkpoints.write(content_of(1));
    checkpoints.write(content_of(2));
  }
  overwrite(own / "even.safetensors", "damaged");
  const std::string odd = content(own / "odd.safetensors");
  {
    CheckpointFolder checkpoints = open();
    checkpoints.newest(passed_over);
    checkpoints.write(content_of(3));
  }
  CHECK(content(own / "odd.safetensors") == odd);
  CHECK(found() == 3);
}

TEST_CASE_FIXTURE(Fixture, "checkpoint folder: a later format is refused by name, not taken for damaged") {
  open().write(content_of(1));
  const fs::path file = own / "odd.safetensors";
  CheckpointContent later;
  later.tensors = read_stored(file, &later.texts);
  later.texts["deepobs_checkpoint"] = "2";
  write_stored(file, later.tensors, later.texts);
  CHECK(found() == -1);  // its checksum is that of format 1: damaged
  CHECK(passed_over.size() == 1);
  later.texts["crc32"] = std::to_string(crc_of(later));
  write_stored(file, later.tensors, later.texts);
  check_error([&] { found(); }, Fault::data, "has format 2, and this deepobs reads format 1");
}

TEST_CASE_FIXTURE(Fixture, "checkpoint folder: one process at a time") {
  const CheckpointFolder mine = open();
  check_error([&] { open(); }, Fault::io, "another process works on this run");
}

TEST_CASE_FIXTURE(Fixture, "checkpoint folder: where no folder can be made, the message names it") {
  overwrite(folder.path() / "checkpoints", "a file");
  check_error([&] { open(); }, Fault::io, "make the folder of checkpoints");
}

}  // namespace
}  // namespace deepobs
