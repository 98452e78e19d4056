#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace deepobs {

/// Reading whole files, and writing them so that they are on the disk, complete, or not there at all.
/// Errors everywhere: missing for an input that does not exist, io with the path and the system's text otherwise.

/// An open file, closed at the end of its life.
class OpenFile {
 public:
  OpenFile() = default;
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  OpenFile(OpenFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  OpenFile& operator=(OpenFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~OpenFile() { close(); }

  int descriptor() const { return descriptor_; }

  /// Closes the file now; 0 or the error number.
  int close() noexcept;

 private:
  int descriptor_ = -1;
};

/// A regular file opened for reading, with its size. Folders, pipes and devices are refused.
struct InputFile {
  OpenFile file;
  std::uint64_t bytes = 0;
};
InputFile open_input(const std::filesystem::path& path);

/// Fills `to` from the byte `offset` on. Errors: io when the file ends before.
void read_at(const InputFile& input, const std::filesystem::path& path, std::uint64_t offset, std::span<std::byte> to);

/// The content of a file of at most `most` bytes. Errors: data for a larger one.
std::string read_file(const std::filesystem::path& path, std::uint64_t most = std::uint64_t{1} << 30);

/// Creates `path`, which must not exist, writes the pieces one after the other and brings them to the disk. After an
/// error there is no such file. When the disk reports an input/output error (EIO), the kernel may have dropped the data
/// and call the same descriptor clean the next time; so it is not asked again, but a new file is written, once.
/// The file is claimed (claim.h) as long as what is returned is open.
OpenFile write_new_file(const std::filesystem::path& path, std::span<const std::string_view> pieces);

/// The same under the first name of name(0), name(1), ... that is free. Those that killed processes have left are
/// removed first. Returns the name too. Errors: io also when a thousand are taken.
struct NewFile {
  std::filesystem::path path;
  OpenFile file;
};
NewFile write_free_file(const std::function<std::filesystem::path(int)>& name,
                        std::span<const std::string_view> pieces);

/// Puts a complete file at `path` in one step, over one that may be there; a reader sees the old or the new one. A
/// symbolic link stays, and the file that it leads to is replaced, or made where there is none yet.
/// Errors: io; also for a path that is there and is no file (a folder, a device, a pipe), which stays as it is.
void replace_file(const std::filesystem::path& path, std::span<const std::string_view> pieces);

/// Tries now what replace_file() will do, without touching what is at `path`; leaves nothing behind. A disk that fills
/// up later cannot be foreseen. Errors: io, beginning with `what` the file is: "save_params: there is no folder x".
void check_replaceable(const std::filesystem::path& path, const std::string& what);

/// Brings the entries of a folder (files that came, went or got their names) to the disk.
void sync_folder(const std::filesystem::path& folder);

/// Throws Error(Fault::io): "cannot <what> '<path>': No space left on device (errno 28)".
[[noreturn]] void fail_io(const std::string& what, const std::filesystem::path& path, int error_number);

/// Calls a function of the operating system until no signal interrupts it (EINTR).
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

}  // namespace deepobs
