#include "tests/cli/program.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/file_content.h"

namespace deepobs::test {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr int seconds_allowed = 1200;
#elif defined(__SANITIZE_ADDRESS__)
constexpr int seconds_allowed = 240;
#else
constexpr int seconds_allowed = 60;
#endif

void demand(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(std::string("cannot start the program: ") + what);
}

std::string name_of(const std::string& variable) { return variable.substr(0, variable.find('=')); }

std::vector<std::string> environment_with(const std::vector<std::string>& changes) {
  std::vector<std::string> out;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const bool changed =
        std::ranges::any_of(changes, [&](const std::string& change) { return name_of(change) == name_of(*variable); });
    if (!changed) out.emplace_back(*variable);
  }
  for (const auto& change : changes)
    if (change.find('=') != std::string::npos) out.push_back(change);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Program::Program(std::vector<std::string> arguments, const Start& start) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  demand(posix_spawn_file_actions_init(&actions) == 0 && posix_spawnattr_init(&attributes) == 0, "no memory");
  if (!start.folder.empty()) posix_spawn_file_actions_addchdir_np(&actions, start.folder.c_str());
  posix_spawn_file_actions_addclose(&actions, STDIN_FILENO);

  std::vector<int> childs_ends;
  int terminal = -1;
  const auto connect = [&](int descriptor, Stream stream, std::string& into) {
    if (stream == Stream::pipe) {
      std::array<int, 2> ends;
      demand(::pipe2(ends.data(), O_CLOEXEC) == 0, "no pipe");
      sources_.push_back({ends[0], &into});
      childs_ends.push_back(ends[1]);
      posix_spawn_file_actions_adddup2(&actions, ends[1], descriptor);
    } else if (stream == Stream::terminal) {
      if (terminal < 0) {
        int ours = -1;
        winsize size{};
        size.ws_row = 24;
        size.ws_col = static_cast<unsigned short>(start.columns);
        demand(::openpty(&ours, &terminal, nullptr, nullptr, &size) == 0, "no terminal");
        for (const int end : {ours, terminal}) ::fcntl(end, F_SETFD, FD_CLOEXEC);
        termios settings{};
        ::tcgetattr(terminal, &settings);
        settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);  // what is written comes out unchanged
        ::tcsetattr(terminal, TCSANOW, &settings);
        sources_.push_back({ours, &finished_.terminal});
        childs_ends.push_back(terminal);
      }
      posix_spawn_file_actions_adddup2(&actions, terminal, descriptor);
    } else if (stream == Stream::file) {
      if (files_.empty()) {
        std::string name = (std::filesystem::temp_directory_path() / "deepobs-output-XXXXXX").string();
        demand(::mkdtemp(name.data()) != nullptr, "no folder");
        files_ = name;
      }
      const auto file = files_ / std::to_string(descriptor);
      posix_spawn_file_actions_addopen(&actions, descriptor, file.c_str(), O_WRONLY | O_CREAT, 0600);
    } else if (stream == Stream::full_device) {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/full", O_WRONLY, 0);
    } else {
      posix_spawn_file_actions_addclose(&actions, descriptor);
    }
  };
  connect(STDOUT_FILENO, start.out, finished_.out);
  connect(STDERR_FILENO, start.err, finished_.err);

  sigset_t none, reset;  // the program starts with the system's signal handling, whatever ours is
  sigemptyset(&none);
  sigemptyset(&reset);
  for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGXFSZ}) sigaddset(&reset, number);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &reset);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  arguments.insert(arguments.begin(), start.program.string());
  auto environment = environment_with(start.environment);
  const int error = ::posix_spawn(&process_, start.program.c_str(), &actions, &attributes, pointers(arguments).data(),
                                  pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  for (const int end : childs_ends) ::close(end);
  if (error != 0) process_ = -1;
  demand(error == 0, "posix_spawn failed");
}

Program::~Program() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  stop_reading();
  std::error_code ignored;
  if (!files_.empty()) std::filesystem::remove_all(files_, ignored);
}

/// Reads what there is, waiting for something if need be; false when no more comes.
bool Program::read_some(int timeout_ms) {
  if (sources_.empty()) return false;
  std::vector<pollfd> polled;
  for (const auto& source : sources_) polled.push_back({source.descriptor, POLLIN, 0});
  ::poll(polled.data(), polled.size(), timeout_ms);
  for (std::size_t i = polled.size(); i-- > 0;) {
    if (polled[i].revents == 0) continue;
    std::array<char, 4096> bytes;
    const auto count = ::read(sources_[i].descriptor, bytes.data(), bytes.size());
    if (count > 0) {
      sources_[i].into->append(bytes.data(), static_cast<std::size_t>(count));
    } else {  // the end; a terminal whose other side is closed gives EIO
      ::close(sources_[i].descriptor);
      sources_.erase(sources_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  return true;
}

bool Program::wait_for(const std::string& text) {
  const auto has_come = [&] {
    return std::ranges::any_of(sources_,
                               [&](const Source& source) { return source.into->find(text) != std::string::npos; });
  };
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(seconds_allowed);
  while (!has_come())
    if (std::chrono::steady_clock::now() > limit || !read_some(100)) return false;
  return true;
}

void Program::signal(int number) { ::kill(process_, number); }

void Program::stop_reading() {
  for (const auto& source : sources_) ::close(source.descriptor);
  sources_.clear();
}

Finished Program::wait() {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(seconds_allowed);
  int status = 0;
  bool ended = false, in_time = true;
  while (!ended) {
    read_some(1);
    ended = ::waitpid(process_, &status, WNOHANG) == process_;
    if (!ended && sources_.empty()) ::usleep(1000);
    if (in_time && std::chrono::steady_clock::now() > limit) {
      in_time = false;
      ::kill(process_, SIGKILL);
    }
  }
  process_ = -1;
  while (read_some(0)) {
  }
  if (!files_.empty()) {
    finished_.out += content(files_ / "1");
    finished_.err += content(files_ / "2");
  }
  finished_.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  CHECK_MESSAGE(in_time, "the program was still running after ", seconds_allowed, " seconds");
  return finished_;
}

Finished run_program(std::vector<std::string> arguments, const Start& start) {
  return Program(std::move(arguments), start).wait();
}

Finished run_under_limits(const std::string& limits, std::vector<std::string> arguments, Start start) {
  arguments.insert(arguments.begin(), {"-c", limits + "; exec \"$0\" \"$@\"", start.program.string()});
  start.program = "/bin/sh";
  return run_program(std::move(arguments), start);
}

Finished run_with_file_limit(int blocks, std::vector<std::string> arguments, Start start) {
  return run_under_limits("ulimit -f " + std::to_string(blocks), std::move(arguments), std::move(start));
}

std::vector<std::string> tree(const std::filesystem::path& folder) {
  std::vector<std::string> out;
  if (!std::filesystem::exists(folder)) return out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    out.push_back(entry.path().lexically_relative(folder).string());
  std::ranges::sort(out);
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string without_warnings(const std::string& messages) {
  std::string out;
  for (const auto& line : lines_of(messages))
    if (!line.starts_with("WARNING: data set ")) out += line + "\n";
  return out;
}

}  // namespace deepobs::test
