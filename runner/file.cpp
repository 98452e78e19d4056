#include "runner/file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "engine/check.h"

namespace deepobs {

namespace {

namespace fs = std::filesystem;

// All of `bytes`; 0 or the error number.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = uninterrupted([&] { return ::write(descriptor, bytes.data(), bytes.size()); });
    if (written < 0) return errno;
    if (written == 0) return ENOSPC;  // no progress and no reason; better than an endless loop
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

int sync(int descriptor) {
  return uninterrupted([&] { return ::fsync(descriptor); }) == 0 ? 0 : errno;
}

OpenFile open_file(const fs::path& path, int flags) {
  return OpenFile(uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0666); }));
}

/// Another name beside `path`, which nothing has: in the same folder, so that the rename stays inside one file system.
/// The number tells apart processes, and the loop whatever an earlier one with this number left behind.
fs::path temporary_beside(const fs::path& path) {
  for (int i = 0;; ++i) {
    fs::path temporary = path;
    temporary += text(".", ::getpid(), ".", i, ".tmp");
    std::error_code error;
    if (fs::symlink_status(temporary, error).type() == fs::file_type::not_found) return temporary;
    if (error) fail_io("look at", temporary, error.value());
    require(i < 1000, Fault::io, "1000 temporary files like '", temporary.string(), "' lie beside it; remove them");
  }
}

/// Writes a file under such a name; errors name `path`, which was asked for, too.
fs::path write_beside(const fs::path& path, std::span<const std::string_view> pieces) {
  try {
    fs::path temporary = temporary_beside(path);
    write_new_file(temporary, pieces);
    return temporary;
  } catch (const Error& cannot) {
    fail(cannot.fault(), "cannot write '", path.string(), "': ", cannot.what());
  }
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

std::uint64_t total(std::span<const std::string_view> pieces) {
  std::uint64_t bytes = 0;
  for (const std::string_view piece : pieces) bytes += piece.size();
  return bytes;
}

}  // namespace

void fail_io(const std::string& what, const fs::path& path, int error_number) {
  std::string limit;
  if (rlimit bytes{};
      error_number == EFBIG && ::getrlimit(RLIMIT_FSIZE, &bytes) == 0 && bytes.rlim_cur != RLIM_INFINITY)
    limit = text("; the limit for files is ", bytes.rlim_cur, " bytes (ulimit -f)");
  fail(Fault::io, "cannot ", what, " '", path.string(), "': ", std::generic_category().message(error_number),
       " (errno ", error_number, ")", limit);
}

int OpenFile::close() noexcept {
  if (descriptor_ < 0) return 0;
  // Never twice: after EINTR Linux has closed it, and the number may be another thread's file by now.
  const int result = ::close(std::exchange(descriptor_, -1));
  return result == 0 || errno == EINTR ? 0 : errno;
}

InputFile open_input(const fs::path& path) {
  // Without O_NONBLOCK a pipe of that name would wait for a writer.
  OpenFile file = open_file(path, O_RDONLY | O_NONBLOCK);
  if (file.descriptor() < 0) {
    const int error = errno;
    require(error != ENOENT, Fault::missing, "there is no file '", path.string(), "'");
    fail_io("open", path, error);
  }
  struct stat status;
  if (::fstat(file.descriptor(), &status) != 0) fail_io("look at", path, errno);
  require(S_ISREG(status.st_mode), Fault::io, "'", path.string(), "' is ",
          S_ISDIR(status.st_mode) ? "a folder" : "a device or pipe", ", but a file is needed");
  return {std::move(file), static_cast<std::uint64_t>(status.st_size)};
}

void read_at(const InputFile& input, const fs::path& path, std::uint64_t offset, std::span<std::byte> to) {
  while (!to.empty()) {
    const ssize_t got = uninterrupted(
        [&] { return ::pread(input.file.descriptor(), to.data(), to.size(), static_cast<off_t>(offset)); });
    if (got < 0) fail_io("read", path, errno);
    require(got > 0, Fault::io, "'", path.string(), "' ended at byte ", offset, " while it was read, and had ",
            input.bytes, " bytes before; is something writing to it?");
    offset += static_cast<std::uint64_t>(got);
    to = to.subspan(static_cast<std::size_t>(got));
  }
}

std::string read_file(const fs::path& path, std::uint64_t most) {
  const InputFile input = open_input(path);
  require(input.bytes <= most, Fault::data, "'", path.string(), "' has ", input.bytes,
          " bytes; files of this kind have at most ", most);
  std::string out(input.bytes, '\0');
  read_at(input, path, 0, std::as_writable_bytes(std::span(out)));
  return out;
}

void write_new_file(const fs::path& path, std::span<const std::string_view> pieces) {
  for (bool first = true;; first = false) {
    OpenFile file = open_file(path, O_WRONLY | O_CREAT | O_EXCL);
    if (file.descriptor() < 0) fail_io("create", path, errno);

    int error = 0;
    for (const std::string_view piece : pieces)
      if (error == 0) error = write_all(file.descriptor(), piece);
    const bool written = error == 0;
    if (written) error = sync(file.descriptor());
    const bool try_anew = written && first && error == EIO;
    if (const int close_error = file.close(); error == 0) error = close_error;
    if (error == 0) return;

    ::unlink(path.c_str());
    if (!try_anew) fail_io(text("write ", total(pieces), " bytes to"), path, error);
  }
}

void replace_file(const fs::path& path, std::span<const std::string_view> pieces) {
  const fs::path temporary = write_beside(path, pieces);
  if (uninterrupted([&] { return ::rename(temporary.c_str(), path.c_str()); }) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    fail_io(text("put ", total(pieces), " bytes at"), path, error);
  }
  sync_folder(folder_of(path));
}

void check_replaceable(const fs::path& path, const std::string& what) {
  const fs::path folder = folder_of(path);
  std::error_code error;
  require(fs::is_directory(folder, error), Fault::io, what, ": there is no folder ", folder.string());
  const auto there = fs::status(path, error).type();
  require(there == fs::file_type::not_found || there == fs::file_type::regular, Fault::io, what, ": ", path.string(),
          there == fs::file_type::none ? " cannot be looked at: " + error.message()
                                       : " is there already and is no file that could be replaced");
  try {
    ::unlink(write_beside(path, {}).c_str());
  } catch (const Error& cannot) {
    fail(cannot.fault(), what, ": ", cannot.what());
  }
}

void sync_folder(const fs::path& folder) {
  OpenFile file = open_file(folder, O_RDONLY | O_DIRECTORY);
  if (file.descriptor() < 0) fail_io("open the folder", folder, errno);
  const int error = sync(file.descriptor());
  // EINVAL: this file system (some of the network and FUSE ones) has nothing to bring to the disk for folders.
  if (error != 0 && error != EINVAL) fail_io("bring to the disk the folder", folder, error);
}

}  // namespace deepobs
