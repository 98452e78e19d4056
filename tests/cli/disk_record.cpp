#include "tests/cli/disk_record.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <stdexcept>

#include "tests/cli/program.h"
#include "tests/temp_dir.h"

namespace deepobs::test {

namespace fs = std::filesystem;

namespace {

void demand(bool condition, const std::string& what) {
  if (!condition) throw std::runtime_error("the record of system calls: " + what);
}

/// A system call as strace -xx prints it: 17 openat(AT_FDCWD, "\x2f\x74", O_RDONLY) = 3
struct Line {
  std::string call;
  std::vector<std::string> arguments;  ///< texts as they are, without quotes
  int result = -1;
};

std::string unescaped(std::string_view hex) {
  std::string out;
  for (std::size_t at = 0; at + 4 <= hex.size(); at += 4) {
    unsigned char byte = 0;
    std::from_chars(hex.data() + at + 2, hex.data() + at + 4, byte, 16);
    out += static_cast<char>(byte);
  }
  return out;
}

std::optional<Line> parsed(std::string_view text) {
  const auto begin = text.find(' '), open = text.find('('), close = text.rfind(") ");
  if (open == text.npos || close == text.npos || begin > open) return {};  // a signal, an exit
  Line line;
  line.call = text.substr(text.find_first_not_of(' ', begin), open - text.find_first_not_of(' ', begin));
  std::string_view rest = text.substr(open + 1, close - open - 1);
  while (!rest.empty()) {
    if (rest.front() == '"') {
      const auto end = rest.find('"', 1);
      line.arguments.push_back(unescaped(rest.substr(1, end - 1)));
      rest.remove_prefix(end + 1);
      demand(!rest.starts_with("..."), "a text is cut off");
    } else {
      const auto end = std::min(rest.find(','), rest.size());
      line.arguments.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end);
    }
    if (rest.starts_with(", ")) rest.remove_prefix(2);
  }
  const auto result = text.find("= ", close);
  demand(result != text.npos, "a call without a result");
  std::from_chars(text.data() + result + 2, text.data() + text.size(), line.result);
  return line;
}

/// The calls, whole and in the order of their ends: a call that another thread's interrupts stands in two lines.
std::vector<Line> read_trace(const fs::path& trace) {
  std::vector<Line> lines;
  std::map<std::string, std::string> begun;  // of each thread
  std::ifstream in(trace);
  for (std::string text; std::getline(in, text);) {
    const std::string thread = text.substr(0, text.find(' '));
    constexpr std::string_view unfinished = " <unfinished ...>";
    if (text.ends_with(unfinished)) {
      begun[thread] = text.substr(0, text.size() - unfinished.size());
      continue;
    }
    if (const auto resumed = text.find(" resumed>"); resumed != text.npos && text.find("<... ") != text.npos)
      text = begun[thread] + text.substr(resumed + 9);
    if (auto line = parsed(text)) lines.push_back(std::move(*line));
  }
  return lines;
}

}  // namespace

/// Follows the calls with what is open and how everything is called at the time.
class DiskRecord::Reader {
 public:
  Reader(fs::path folder, std::vector<Call>& calls) : folder_(std::move(folder)), calls_(calls) { names_[0]; }

  void read(const Line& line) {
    if (line.result < 0) return;
    const auto& words = line.arguments;
    if (line.call == "openat") {
      open(place(words[0], words[1]), words[2], line.result);
    } else if (line.call == "close") {
      open_.erase(std::stoi(words[0]));
    } else if (line.call == "write") {
      if (const int item = opened(words[0]); item >= 0) {
        demand(line.result == static_cast<int>(words[1].size()), "a short write");
        calls_.push_back({.what = What::write, .item = item, .bytes = words[1], .offset = sizes_[item]});
        sizes_[item] += words[1].size();
      }
    } else if (line.call == "fsync" || line.call == "fdatasync") {
      if (const int item = opened(words[0]); item >= 0) calls_.push_back({.what = What::sync, .item = item});
    } else if (line.call == "mkdir") {
      if (const auto at = place("AT_FDCWD", words[0])) name(What::make_folder, make(true), *at);
    } else if (line.call == "link") {
      const auto from = place("AT_FDCWD", words[0]), to = place("AT_FDCWD", words[1]);
      if (from && to) name(What::link, names_.at(from->folder).at(from->name), *to);
    } else if (line.call == "rename" || line.call == "renameat2") {
      const bool at = line.call == "renameat2";
      const auto from = place(at ? words[0] : "AT_FDCWD", words[at ? 1 : 0]);
      const auto to = place(at ? words[2] : "AT_FDCWD", words[at ? 3 : 1]);
      if (from && to) rename(*from, *to);
    } else if (line.call == "unlink" || line.call == "rmdir") {
      if (const auto at = place("AT_FDCWD", words[0])) remove(*at, line.call == "rmdir");
    } else if (line.call == "unlinkat") {
      if (const auto at = place(words[0], words[1])) remove(*at, words[2] == "AT_REMOVEDIR");
    } else {
      demand(line.call == "chdir" || (words.empty() || opened(words[0]) < 0), "an unknown call " + line.call);
    }
  }

 private:
  struct Place {
    int folder;
    std::string name;
  };

  int opened(const std::string& descriptor) const {
    const auto at = open_.find(std::atoi(descriptor.c_str()));
    return at == open_.end() ? -1 : at->second;
  }

  /// Where a path leads, if it lies below the folder of the record; its last part need not exist.
  std::optional<Place> place(const std::string& base, const std::string& path) const {
    int folder = 0;
    fs::path below = path;
    if (below.is_absolute() || base == "AT_FDCWD") {
      below = (folder_ / below).lexically_normal().lexically_relative(folder_);
      if (below.empty() || *below.begin() == "..") return {};
    } else {
      folder = opened(base);
      if (folder < 0) return {};
    }
    if (below == ".") return Place{0, ""};
    for (const fs::path& part : below.parent_path()) {
      const auto& inside = names_.at(folder);
      const auto next = inside.find(part.string());
      if (next == inside.end()) return {};  // it was there before: the data
      folder = next->second;
    }
    return Place{folder, below.filename().string()};
  }

  int make(bool folder) {
    const int item = next_++;
    if (folder) names_[item];
    return item;
  }

  void name(What what, int item, const Place& at) {
    names_.at(at.folder)[at.name] = item;
    calls_.push_back({.what = what, .item = item, .folder = at.folder, .name = at.name});
  }

  void open(const std::optional<Place>& at, const std::string& flags, int descriptor) {
    open_.erase(descriptor);
    if (!at) return;
    if (at->name.empty()) {
      open_[descriptor] = 0;
      return;
    }
    const auto& inside = names_.at(at->folder);
    const auto there = inside.find(at->name);
    if (there != inside.end()) {
      open_[descriptor] = there->second;
      demand(flags.find("O_TRUNC") == flags.npos, "a file is written over in its place");
    } else if (flags.find("O_CREAT") != flags.npos) {
      open_[descriptor] = make(false);
      name(What::make_file, open_[descriptor], *at);
    }
  }

  void rename(const Place& from, const Place& to) {
    const int item = names_.at(from.folder).at(from.name);
    names_.at(from.folder).erase(from.name);
    names_.at(to.folder)[to.name] = item;
    calls_.push_back({.what = What::rename,
                      .item = item,
                      .folder = to.folder,
                      .from = from.folder,
                      .name = to.name,
                      .old_name = from.name});
  }

  void remove(const Place& at, bool folder) {
    const auto there = names_.at(at.folder).find(at.name);
    if (there == names_.at(at.folder).end()) return;
    calls_.push_back({.what = folder ? What::remove_folder : What::remove_file,
                      .item = there->second,
                      .folder = at.folder,
                      .name = at.name});
    names_.at(at.folder).erase(there);
  }

  fs::path folder_;
  std::vector<Call>& calls_;
  std::map<int, int> open_;           // descriptor, item
  std::map<int, std::size_t> sizes_;  // item, bytes: every file is written from its begin to its end
  Names names_;
  int next_ = 1;
};

std::optional<DiskRecord> DiskRecord::of(const std::string& program, const std::vector<std::string>& arguments,
                                         const fs::path& folder) {
  const TempDir aside;
  const std::string trace = (aside / "trace").string();
  const Start shell{.folder = folder, .program = "/bin/sh"};
  if (run_program({"-c", "exec strace -f -o \"$0\" -e trace=none true", trace}, shell).status != 0) return {};
  std::vector<std::string> words{
      "-c",
      "exec strace -f -xx -s 100000000 -o \"$0\" -e trace=openat,creat,close,dup,write,writev,pwrite64,pwritev,fsync,"
      "fdatasync,ftruncate,truncate,fallocate,rename,renameat,renameat2,link,linkat,symlink,unlink,unlinkat,mkdir,"
      "mkdirat,rmdir,chdir \"$@\"",
      trace, program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const auto finished = run_program(words, shell);
  demand(finished.status == 0, "the program fails: " + finished.err);

  DiskRecord record;
  Reader reader(fs::canonical(folder), record.calls_);
  for (const Line& line : read_trace(trace)) reader.read(line);
  return record;
}

/// Whether a call's change is on the disk when `done` calls are.
bool DiskRecord::certain(std::size_t call, std::size_t done) const {
  const Call& of = calls_[call];
  const int needs = of.what == What::write ? of.item : of.folder;
  for (std::size_t later = call + 1; later < done; ++later)
    if (calls_[later].what == What::sync && calls_[later].item == needs) return true;
  return false;
}

void DiskRecord::leave(const fs::path& to, std::size_t done, std::mt19937& random) const {
  Names names{{0, {}}};
  std::map<int, std::string> files;
  const auto chance = [&](int of) { return random() % static_cast<unsigned>(of) == 0; };
  for (std::size_t i = 0; i < done; ++i) {
    const Call& call = calls_[i];
    const bool sure = certain(i, done);
    if (call.what == What::sync) continue;
    if (call.what == What::make_file) files[call.item];
    if (call.what == What::make_folder) names[call.item];
    if (call.what == What::write) {
      std::size_t there = sure || chance(2) ? call.bytes.size() : random() % (call.bytes.size() + 1);
      std::string& file = files[call.item];
      // The size may be known before the data are there.
      file.resize(std::max(file.size(), call.offset + (chance(2) ? there : call.bytes.size())), '\0');
      there = std::min(there, file.size() - call.offset);
      file.replace(call.offset, there, call.bytes, 0, there);
      continue;
    }
    if (!sure && chance(2)) continue;
    auto& inside = names[call.folder];
    switch (call.what) {
      case What::remove_folder:
        if (!names[call.item].empty()) break;  // what it held was not removed
        [[fallthrough]];
      case What::remove_file:
        inside.erase(call.name);
        break;
      case What::rename:
        if (auto& old = names[call.from]; old.contains(call.old_name) && old.at(call.old_name) == call.item)
          old.erase(call.old_name);
        [[fallthrough]];
      default:
        inside[call.name] = call.item;
    }
  }
  const auto write = [&](auto& self, int folder, const fs::path& path) -> void {
    fs::create_directories(path);
    for (const auto& [name, item] : names.at(folder))
      if (names.contains(item)) {
        self(self, item, path / name);
      } else {
        std::ofstream(path / name, std::ios::binary) << files.at(item);
      }
  };
  write(write, 0, to);
}

}  // namespace deepobs::test
