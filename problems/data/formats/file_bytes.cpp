#include "problems/data/formats/file_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/base/check.h"

namespace deepobs {
namespace {

constexpr std::size_t buffer_bytes = 256 * 1024;
constexpr std::uint8_t gzip_magic[] = {0x1f, 0x8b};

/// zlib counts in 32 bits; pieces of at most this size keep every count inside.
constexpr std::size_t largest_piece = std::size_t{1} << 30;

class Descriptor {
 public:
  explicit Descriptor(const std::filesystem::path& file)
      // Not blocking, so that a pipe lying under a file's name is refused below and not waited for.
      : value_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) {
    const int error = errno;
    require(value_ >= 0, error == ENOENT || error == ENOTDIR ? Fault::missing : Fault::io, "cannot open ",
            file.string(), ": ", std::strerror(error));
  }
  ~Descriptor() { ::close(value_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

}  // namespace

struct FileBytes::State {
  State(const std::filesystem::path& path, std::uint64_t limit_bytes)
      : file(path.string()), descriptor(path), limit(limit_bytes), buffer(buffer_bytes) {
    struct stat info {};
    require(::fstat(descriptor.get(), &info) == 0, Fault::io, "cannot ask about ", file, ": ", std::strerror(errno));
    require(S_ISREG(info.st_mode), Fault::io, file, " is not a regular file");
    size = static_cast<std::uint64_t>(info.st_size);
    refill();
    gzip = buffered >= 2 && std::equal(std::begin(gzip_magic), std::end(gzip_magic), buffer.begin());
    if (!gzip) return;
    constexpr int gzip_only = 15 + 16;  // the largest window, and zlib's way to ask for the gzip wrapping
    require(inflateInit2(&zlib, gzip_only) == Z_OK, Fault::memory, "no memory to unpack ", file);
  }
  ~State() {
    if (gzip) inflateEnd(&zlib);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  std::size_t read_some(std::span<std::uint8_t> out) {
    out = out.first(std::min(out.size(), largest_piece));
    return gzip ? inflate_some(out) : copy_some(out);
  }

  /// At least one byte, or 0 at the end of the file.
  std::size_t copy_some(std::span<std::uint8_t> out) {
    std::size_t count = std::min(out.size(), buffered - used);
    if (count > 0) {
      std::memcpy(out.data(), buffer.data() + used, count);
      used += count;
    } else {
      count = read_disk(out);
    }
    crc = static_cast<std::uint32_t>(crc32_z(crc, out.data(), count));
    return count;
  }

  /// At least one byte, or 0 at the end of the last member.
  std::size_t inflate_some(std::span<std::uint8_t> out) {
    zlib.next_out = out.data();
    zlib.avail_out = static_cast<uInt>(out.size());
    while (zlib.avail_out == out.size()) {
      if (used == buffered) refill();
      const bool input_ended = used == buffered;
      if (member_ended) {
        if (input_ended) break;
        require(buffer[used] == gzip_magic[0], Fault::data, file, ": byte ", offset(),
                " and what follows is not gzip data; the file has something appended to it");
        inflateReset(&zlib);
        member_ended = false;
      }
      require(!input_ended, Fault::data, file, ": ends after ", size_read, " bytes inside its gzip data, ", unpacked(),
              " bytes unpacked; the file is cut off, get it again");
      zlib.next_in = buffer.data() + used;
      zlib.avail_in = static_cast<uInt>(buffered - used);
      const int status = inflate(&zlib, Z_NO_FLUSH);
      used = buffered - zlib.avail_in;
      if (status == Z_STREAM_END) {
        crc = static_cast<std::uint32_t>(crc32_combine(crc, zlib.adler, static_cast<z_off_t>(zlib.total_out)));
        unpacked_before += zlib.total_out;
        member_ended = true;
      } else {
        require(status != Z_MEM_ERROR, Fault::memory, "no memory to unpack ", file);
        require(status == Z_OK || status == Z_BUF_ERROR, Fault::data, file, ": damaged gzip data near byte ", offset(),
                " of ", size, " (", zlib.msg != nullptr ? zlib.msg : "preset dictionary", "), ", unpacked(),
                " bytes unpacked; get the file again");
      }
    }
    return out.size() - zlib.avail_out;
  }

  void refill() {
    buffered = read_disk(buffer);
    used = 0;
  }

  std::size_t read_disk(std::span<std::uint8_t> out) {
    ssize_t count = 0;
    do {
      count = ::read(descriptor.get(), out.data(), out.size());
    } while (count < 0 && errno == EINTR);
    require(count >= 0, Fault::io, "cannot read ", file, " at byte ", size_read, ": ", std::strerror(errno));
    size_read += static_cast<std::uint64_t>(count);
    return static_cast<std::size_t>(count);
  }

  std::uint64_t offset() const { return size_read - (buffered - used); }
  std::uint64_t unpacked() const { return unpacked_before + (member_ended ? 0 : zlib.total_out); }

  std::string file;
  Descriptor descriptor;
  std::uint64_t limit;
  std::uint64_t size = 0;             // as the file system says
  std::uint64_t size_read = 0;        // bytes taken from the disk
  std::uint64_t position = 0;         // unpacked bytes handed out
  std::uint64_t unpacked_before = 0;  // by the finished gzip members
  std::vector<std::uint8_t> buffer;
  std::size_t buffered = 0, used = 0;
  std::uint32_t crc = 0;  // of a gzip file: of the finished members
  bool gzip = false, member_ended = false;
  z_stream zlib{};
};

FileBytes::FileBytes(const std::filesystem::path& file, std::uint64_t limit)
    : state_(std::make_unique<State>(file, limit)) {}
FileBytes::FileBytes(FileBytes&&) noexcept = default;
FileBytes::~FileBytes() = default;

std::size_t FileBytes::read(std::span<std::uint8_t> out) {
  State& s = *state_;
  std::size_t done = 0;
  while (done < out.size()) {
    auto piece = out.subspan(done);
    if (const std::uint64_t room = s.limit - s.position; room < piece.size())
      piece = piece.first(static_cast<std::size_t>(room) + 1);
    const std::size_t count = s.read_some(piece);
    if (count == 0) break;
    done += count;
    s.position += count;
    require(s.position <= s.limit, Fault::data, s.file, ": holds more than the ", s.limit, " bytes it may have",
            s.gzip ? " when unpacked" : "");
  }
  return done;
}

std::string FileBytes::name() const { return state_->file; }
bool FileBytes::gzip() const { return state_->gzip; }
std::uint64_t FileBytes::size_on_disk() const { return state_->size; }

std::uint32_t FileBytes::last_member_bytes() const {
  const State& s = *state_;
  std::uint8_t last[4] = {};
  if (s.size < sizeof last) return 0;
  ssize_t count = 0;
  do {
    count = ::pread(s.descriptor.get(), last, sizeof last, static_cast<off_t>(s.size - sizeof last));
  } while (count < 0 && errno == EINTR);
  require(count >= 0, Fault::io, "cannot read the end of ", s.file, ": ", std::strerror(errno));
  return std::uint32_t{last[3]} << 24 | std::uint32_t{last[2]} << 16 | std::uint32_t{last[1]} << 8 | last[0];
}

std::uint64_t FileBytes::position() const { return state_->position; }
std::uint32_t FileBytes::crc() const { return state_->crc; }

void FileBytes::expect_end() {
  State& s = *state_;
  std::uint8_t extra = 0;
  require(s.read_some({&extra, 1}) == 0, Fault::data, s.file, ": goes on after byte ", s.position, ", where it should ",
          s.gzip ? "end when unpacked" : "end");
}

std::vector<std::uint8_t> FileBytes::read_all() {
  std::vector<std::uint8_t> bytes;
  std::size_t step = std::max<std::size_t>(buffer_bytes, gzip() ? 0 : std::min(size_on_disk(), state_->limit) + 1);
  while (true) {
    const std::size_t before = bytes.size();
    bytes.resize(before + step);
    const std::size_t count = read(std::span(bytes).subspan(before));
    bytes.resize(before + count);
    if (count < step) return bytes;
    step = bytes.size();  // doubling
  }
}

std::vector<std::uint8_t> unpacked_file(const std::filesystem::path& file, std::uint64_t limit) {
  return FileBytes(file, limit).read_all();
}

}  // namespace deepobs
