#include "runner/analysis/figures/writers/picture.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "engine/base/check.h"
#include "engine/base/printable.h"
#include "runner/results/files/file.h"

extern char** environ;

namespace deepobs {
namespace {

/// A file in memory: neither pipes that fill while nobody reads, nor files that stay behind.
OpenFile memory_file(const char* name) {
  OpenFile file(::memfd_create(name, MFD_CLOEXEC));
  require(file.descriptor() >= 0, Fault::io, "cannot make a file in memory: ", std::string(std::strerror(errno)));
  return file;
}

void write_from_start(const OpenFile& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file.descriptor(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    require(count > 0, Fault::io, "cannot write a file in memory: ", std::string(std::strerror(errno)));
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  require(::lseek(file.descriptor(), 0, SEEK_SET) == 0, Fault::io, "cannot go back in a file in memory");
}

std::string all_of(const OpenFile& file) {
  std::string bytes;
  std::array<char, 65536> buffer;
  for (off_t at = 0;;) {
    const ssize_t count = ::pread(file.descriptor(), buffer.data(), buffer.size(), at);
    if (count < 0 && errno == EINTR) continue;
    require(count >= 0, Fault::io, "cannot read a file in memory: ", std::string(std::strerror(errno)));
    if (count == 0) return bytes;
    bytes.append(buffer.data(), static_cast<std::size_t>(count));
    at += count;
  }
}

}  // namespace

std::string picture_of_svg(std::string_view svg, PictureFormat format, const std::string& program) {
  const OpenFile in = memory_file("svg"), out = memory_file("picture"), messages = memory_file("messages");
  write_from_start(in, svg);

  std::string name = program, format_option = format == PictureFormat::pdf ? "--format=pdf" : "--format=png",
              zoom = format == PictureFormat::pdf ? "--zoom=1" : "--zoom=2";
  std::array<char*, 4> arguments{name.data(), format_option.data(), zoom.data(), nullptr};
  posix_spawn_file_actions_t actions;
  require(::posix_spawn_file_actions_init(&actions) == 0, Fault::memory, "no memory to start ", printable(program));
  int error = 0;
  const std::array<const OpenFile*, 3> files{&in, &out, &messages};
  for (int descriptor = 0; descriptor < 3 && error == 0; ++descriptor)
    error = ::posix_spawn_file_actions_adddup2(&actions, files[static_cast<std::size_t>(descriptor)]->descriptor(),
                                               descriptor);
  pid_t process = 0;
  if (error == 0) error = ::posix_spawnp(&process, name.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  require(error != ENOENT, Fault::missing, "PDF and PNG are made by the program ", printable(program),
          ", which is not installed here: install Debian's package librsvg2-bin, or take the SVG");
  require(error == 0, Fault::io, "cannot start ", printable(program), ": ", std::string(std::strerror(error)));

  int status = 0;
  while (::waitpid(process, &status, 0) < 0)
    require(errno == EINTR, Fault::io, "cannot wait for ", printable(program), ": ", std::string(std::strerror(errno)));
  std::string picture = all_of(out);
  require(WIFEXITED(status) && WEXITSTATUS(status) == 0 && !picture.empty(), Fault::io, printable(program),
          " made no picture: ", printable_lines(all_of(messages)));
  return picture;
}

}  // namespace deepobs
