#include "runner/training/records/algorithm_file.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>

#include "engine/base/check.h"

namespace deepobs {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view between = ": ";  // of key and choice

}  // namespace

AlgorithmFile::AlgorithmFile(const fs::path& home, double patience) : patience_(patience) {
  if (!home.empty()) path_ = home / ".cache" / "deepobs" / "gpu_algorithms.txt";
}

std::string AlgorithmFile::update(const Choose& choose) {
  if (path_.empty()) {
    (void)choose({});
    return "";
  }
  OpenFile lock;
  std::vector<std::string> before;
  const auto trying = [&](const auto& what) {
    try {
      what();
    } catch (const Error& error) {
      if (trouble_.empty()) trouble_ = error.what();
    }
  };
  if (trouble_.empty()) trying([&] { lock = locked(); });
  trying([&] { before = lines(); });  // also where nothing can be kept: what stands there holds for this run too
  const std::string line = choose(before);
  if (line.empty() || !trouble_.empty()) return trouble_;
  try {
    replace(std::move(before), line);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// The lock, held until it is closed. It is on a file of its own: the other one is replaced again and again.
OpenFile AlgorithmFile::locked() const {
  std::error_code failed;
  fs::create_directories(path_.parent_path(), failed);
  if (failed) fail_io("make the folder", path_.parent_path(), failed.value());
  fs::path beside = path_;
  beside.replace_extension(".lock");
  OpenFile lock(uninterrupted([&] { return ::open(beside.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666); }));
  if (lock.descriptor() < 0) fail_io("open", beside, errno);
  const auto begin = std::chrono::steady_clock::now();
  while (uninterrupted([&] { return ::flock(lock.descriptor(), LOCK_EX | LOCK_NB); }) != 0) {
    if (errno != EWOULDBLOCK) fail_io("lock", beside, errno);
    const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - begin;
    require(waited.count() < patience_, Fault::io, "another program has held '", beside.string(), "' for more than ",
            patience_, " seconds; is one stopped?");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return lock;
}

/// Nothing where there is no file yet.
std::vector<std::string> AlgorithmFile::lines() const {
  std::error_code none;
  if (!fs::exists(path_, none)) return {};
  const std::string content = read_file(path_);
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < content.size();) {
    const std::size_t end = std::min(content.find('\n', begin), content.size());
    lines.push_back(content.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

void AlgorithmFile::replace(std::vector<std::string> lines, const std::string& line) const {
  const std::string key = line.substr(0, line.rfind(between) + between.size());
  std::erase_if(lines, [&](const std::string& each) { return each.starts_with(key); });
  lines.push_back(line);
  std::ranges::sort(lines);
  std::string content;
  for (const auto& each : lines) content += each + '\n';
  const std::string_view piece = content;
  replace_file(path_, {&piece, 1});
}

}  // namespace deepobs
