#include "runner/results/files/claim.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <system_error>

namespace deepobs {

namespace {

namespace fs = std::filesystem;

// File systems of which only this machine writes, so that every owner's lock is seen.
bool is_local(const OpenFile& file) {
  constexpr std::uint32_t zfs = 0x2FC12FC1, xfs = 0x58465342;  // not in <linux/magic.h>
  constexpr std::uint32_t local[] = {EXT4_SUPER_MAGIC, xfs,         BTRFS_SUPER_MAGIC,     zfs,
                                     F2FS_SUPER_MAGIC, TMPFS_MAGIC, OVERLAYFS_SUPER_MAGIC, RAMFS_MAGIC};
  struct statfs system;
  return ::fstatfs(file.descriptor(), &system) == 0 &&
         std::ranges::find(local, static_cast<std::uint32_t>(system.f_type)) != std::end(local);
}

bool lock(const OpenFile& file) {
  return uninterrupted([&] { return ::flock(file.descriptor(), LOCK_EX | LOCK_NB); }) == 0;
}

// Between opening and locking, the name may have become another one's.
bool is_at(const OpenFile& file, const fs::path& path) {
  struct stat opened, named;
  return ::fstat(file.descriptor(), &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

}  // namespace

bool claim(const OpenFile& made, const fs::path& path) {
  if (!lock(made) && errno == EWOULDBLOCK) return false;
  return is_at(made, path);
}

bool remove_abandoned(const fs::path& path) noexcept {
  // O_NONBLOCK: a pipe of that name, which is none of ours, would wait for a writer.
  const OpenFile file(
      uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC); }));
  struct stat status;
  if (file.descriptor() < 0 || ::fstat(file.descriptor(), &status) != 0) return false;
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return false;
  if (!is_local(file) || !lock(file) || !is_at(file, path)) return false;
  std::error_code cannot;
  fs::remove_all(path, cannot);
  return !cannot;
}

}  // namespace deepobs
