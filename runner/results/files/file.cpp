#include "runner/results/files/file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <system_error>

#include "engine/base/check.h"
#include "runner/results/files/claim.h"

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

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

std::uint64_t total(std::span<const std::string_view> pieces) {
  std::uint64_t bytes = 0;
  for (const std::string_view piece : pieces) bytes += piece.size();
  return bytes;
}

/// Nothing where there is something of this name already.
std::optional<OpenFile> try_new_file(const fs::path& path, std::span<const std::string_view> pieces) {
  for (bool first = true;; first = false) {
    OpenFile file = open_file(path, O_WRONLY | O_CREAT | O_EXCL);
    if (file.descriptor() < 0) {
      if (errno == EEXIST) return {};
      fail_io("create", path, errno);
    }
    if (!claim(file, path)) return {};

    int error = 0;
    for (const std::string_view piece : pieces)
      if (error == 0) error = write_all(file.descriptor(), piece);
    const bool written = error == 0;
    if (written) error = sync(file.descriptor());
    if (error == 0) return file;

    ::unlink(path.c_str());
    if (!written || !first || error != EIO) fail_io(text("write ", total(pieces), " bytes to"), path, error);
  }
}

/// Where a file of this name lies or is to lie: the end of symbolic links. Errors: io for what is no file.
fs::path followed(const fs::path& path) {
  std::error_code error;
  const auto there = fs::status(path, error).type();
  if (there == fs::file_type::none) fail_io("look at", path, error.value());
  require(there == fs::file_type::not_found || there == fs::file_type::regular, Fault::io, path.string(),
          " is there already and is no file that could be replaced, but a ",
          there == fs::file_type::directory ? "folder" : "device or pipe", "; choose another name");
  fs::path end = path;
  for (int links = 0; fs::is_symlink(fs::symlink_status(end, error)); ++links) {
    const fs::path next = fs::read_symlink(end, error);
    if (error) fail_io("follow the symbolic link", end, error.value());
    if (links == 40) fail_io("follow the symbolic link", path, ELOOP);  // it has changed since: status() had its end
    end = folder_of(end) / next;
  }
  return end;
}

/// Writes a file beside `end`, so that a rename stays inside one file system. Errors name `path`, which was asked for.
NewFile write_beside(const fs::path& end, const fs::path& path, std::span<const std::string_view> pieces) {
  try {
    return write_free_file(
        [&](int number) {
          fs::path temporary = end;
          return temporary += text(".deepobs-", number, ".tmp");
        },
        pieces);
  } catch (const Error& cannot) {
    fail(cannot.fault(), "cannot write '", path.string(), "': ", cannot.what());
  }
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

OpenFile write_new_file(const fs::path& path, std::span<const std::string_view> pieces) {
  auto file = try_new_file(path, pieces);
  if (!file) fail_io("create", path, EEXIST);
  return std::move(*file);
}

NewFile write_free_file(const std::function<fs::path(int)>& name, std::span<const std::string_view> pieces) {
  constexpr int most = 1000, at_once = 32;  // programs that write one file at the same time
  for (int number = 0; number < at_once; ++number) remove_abandoned(name(number));
  for (int number = 0; number < most; ++number)
    if (auto file = try_new_file(name(number), pieces)) return {.path = name(number), .file = std::move(*file)};
  fail(Fault::io, most, " files like '", name(0).string(), "' are there; remove those that nobody writes any more");
}

void replace_file(const fs::path& path, std::span<const std::string_view> pieces) {
  const fs::path end = followed(path);
  const NewFile temporary = write_beside(end, path, pieces);
  if (uninterrupted([&] { return ::rename(temporary.path.c_str(), end.c_str()); }) != 0) {
    const int error = errno;
    ::unlink(temporary.path.c_str());
    fail_io(text("put ", total(pieces), " bytes at"), path, error);
  }
  sync_folder(folder_of(end));
}

void check_replaceable(const fs::path& path, const std::string& what) {
  try {
    const fs::path end = followed(path), folder = folder_of(end);
    std::error_code error;
    require(fs::is_directory(folder, error), Fault::io, "there is no folder ", folder.string(),
            end == path ? "" : ", where the symbolic link " + path.string() + " leads");
    ::unlink(write_beside(end, path, {}).path.c_str());
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
