#pragma once

#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace deepobs::test {

/// A file system of its own, of a few kilobytes, in memory.
class SmallDisk {
 public:
  SmallDisk(const std::filesystem::path& at, const std::string& options) : at_(at) {
    std::filesystem::create_directories(at_);
    mounted_ = ::mount("deepobs-test", at_.c_str(), "tmpfs", 0, options.c_str()) == 0;
    if (!mounted_) why_ = std::strerror(errno);
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  /// Makes room, or takes it. Errors: std::runtime_error.
  void resize(const std::string& options) {
    if (::mount(nullptr, at_.c_str(), nullptr, MS_REMOUNT, options.c_str()) != 0)
      throw std::runtime_error("cannot change the size of a disk: " + std::string(std::strerror(errno)));
  }

  bool mounted() const { return mounted_; }
  const std::string& why() const { return why_; }

 private:
  std::filesystem::path at_;
  bool mounted_;
  std::string why_;
};

/// Runs that keep checkpoints and their results on a disk that fills up, `disks` of different sizes: each ends with
/// status 74 and the place, or is complete. With more room the same command ends with the bytes of a run that had
/// room from the beginning. Returns why no disk could be mounted; empty, where all was done.
std::string goes_on_after_full_disks(int disks);

}  // namespace deepobs::test
