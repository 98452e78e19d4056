#include "runner/results/files/checkpoint_folder.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <charconv>
#include <system_error>

#include "engine/base/check.h"
#include "runner/results/caught.h"
#include "runner/results/files/claim.h"

namespace deepobs {
namespace {

namespace fs = std::filesystem;

// The number goes up when an older deepobs could not read the file, or would go on from it wrongly.
constexpr std::string_view format_key = "deepobs_checkpoint", format = "1", generation_key = "generation",
                           crc_key = "crc32";

std::uint32_t add_to_crc(std::uint32_t crc, std::string_view bytes) {
  // The size first: else "ab" + "c" would be "a" + "bc".
  const std::uint64_t size = bytes.size();
  crc = static_cast<std::uint32_t>(crc32_z(crc, reinterpret_cast<const Bytef*>(&size), sizeof size));
  if (bytes.empty()) return crc;  // zlib begins anew where it is given no bytes
  return static_cast<std::uint32_t>(crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

template <class T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// Of everything but itself.
std::string crc_of(const CheckpointContent& content) {
  std::uint32_t crc = 0;
  for (const auto& [key, value] : content.texts)
    if (key != crc_key) crc = add_to_crc(add_to_crc(crc, key), value);
  for (const auto& tensor : content.tensors) {
    crc = add_to_crc(add_to_crc(crc, tensor.name), tensor.dtype);
    crc = add_to_crc(add_to_crc(crc, bytes_of(tensor.shape)), bytes_of(tensor.bytes));
  }
  return std::to_string(crc);
}

CheckpointContent read_whole(const fs::path& file) {
  CheckpointContent content;
  content.tensors = read_stored(file, &content.texts);
  require(content.text(crc_key) == crc_of(content), Fault::data, "its checksum does not fit what it holds");
  return content;
}

std::int64_t generation_of(const CheckpointContent& content) {
  const std::string_view digits = content.text(generation_key);
  std::int64_t generation = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), generation);
  return generation;
}

/// Makes a folder and those above it that are missing, so that they outlast a power cut as the files in them do.
void make_folders(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> missing;
  for (fs::path each = folder; !each.empty() && !fs::exists(each, error); each = each.parent_path())
    missing.push_back(each);
  fs::create_directories(folder, error);
  if (error) fail_io("make the folder of checkpoints (checkpoint_dir chooses another)", folder, error.value());
  for (const fs::path& each : missing) {
    const auto failed = caught([&] { sync_folder(each.has_parent_path() ? each.parent_path() : "."); });
    if (failed && fs::exists(each, error)) throw Error(*failed);  // else another run that ends has removed it
  }
}

}  // namespace

std::string_view CheckpointContent::text(std::string_view name) const {
  const auto at = texts.find(std::string(name));
  return at == texts.end() ? std::string_view() : at->second;
}

CheckpointFolder::CheckpointFolder(const fs::path& of_all, const fs::path& run)
    : of_all_(of_all), folder_(of_all / run) {
  const fs::path lock = folder_ / "lock";
  for (int round = 0;; ++round) {  // a run that ends removes the folder under our feet
    make_folders(folder_);
    lock_ =
        OpenFile(uninterrupted([&] { return ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666); }));
    if (lock_.descriptor() < 0 && errno != ENOENT) fail_io("open", lock, errno);
    if (lock_.descriptor() >= 0 && claim(lock_, lock)) break;
    require(round < 3, Fault::io, "another process works on this run: it holds '", lock.string(),
            "'; wait for it, or stop it");
    ::usleep(100'000);
  }
}

fs::path CheckpointFolder::file(std::int64_t generation) const {
  return folder_ / (generation % 2 == 0 ? "even.safetensors" : "odd.safetensors");
}

std::optional<CheckpointContent> CheckpointFolder::newest(std::vector<std::string>& passed_over) {
  std::optional<CheckpointContent> found;
  for (const std::int64_t parity : {0, 1}) {
    const fs::path each = file(parity);
    if (!fs::exists(each)) continue;
    std::optional<CheckpointContent> content;
    const auto damage = caught([&] { content = read_whole(each); });
    if (damage) {
      if (damage->fault() != Fault::data) throw Error(*damage);
      passed_over.push_back(
          text("the checkpoint '", each.string(), "' is damaged and is passed over: ", damage->what()));
      continue;
    }
    require(content->text(format_key) == format, Fault::data, "the checkpoint '", each.string(), "' has format ",
            content->text(format_key), ", and this deepobs reads format ", format,
            "; go on with the deepobs that wrote it, or remove its folder to begin anew");
    if (found && generation_of(*found) > generation_of(*content)) continue;
    found = std::move(content);
  }
  if (found) generation_ = generation_of(*found);
  return found;
}

void CheckpointFolder::write(CheckpointContent content) {
  content.texts[std::string(format_key)] = format;
  content.texts[std::string(generation_key)] = std::to_string(generation_ + 1);
  content.texts[std::string(crc_key)] = crc_of(content);
  write_stored(file(generation_ + 1), content.tensors, content.texts);
  ++generation_;
}

void CheckpointFolder::remove() noexcept {
  std::error_code ignored;  // a checkpoint that stays costs room and no result
  for (const std::int64_t parity : {0, 1}) fs::remove(file(parity), ignored);
  fs::remove(folder_ / "lock", ignored);
  for (fs::path each = folder_; each != of_all_ && ::rmdir(each.c_str()) == 0;) each = each.parent_path();
}

}  // namespace deepobs
