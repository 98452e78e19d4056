#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace deepobs::test {

/// Everything that a program changed below a folder, system call by system call, and what a power cut may leave of it.
///
/// The disk that this stands for keeps no more than POSIX promises. What was written into a file is there for certain
/// once the file was synced, and a name in a folder (made, linked, renamed, removed) once the folder was. Everything
/// else may be there or not, in any order, though a rename is never half done. Of data that were not synced there may
/// be all, a part, or zeros.
class DiskRecord {
 public:
  /// Runs `program` in `folder` with these arguments, to its end, and records what it does below the folder.
  /// Nothing where strace is missing or may not trace processes.
  /// Errors: std::runtime_error, if the program fails, or changes a file in a way that is unknown here.
  static std::optional<DiskRecord> of(const std::string& program, const std::vector<std::string>& arguments,
                                      const std::filesystem::path& folder);

  /// How many changes there were, and calls that sync.
  std::size_t calls() const { return calls_.size(); }

  /// Makes in the empty folder `to` what a power cut behind the first `done` calls may leave: what is certain, and a
  /// random part of the rest.
  void leave(const std::filesystem::path& to, std::size_t done, std::mt19937& random) const;

 private:
  enum class What { make_file, make_folder, write, link, rename, remove_file, remove_folder, sync };

  /// Files and folders have numbers, for they change their names; 0 is the folder of the record.
  struct Call {
    What what;
    int item;                    ///< what is made, written, named, renamed, removed or synced
    int folder = -1, from = -1;  ///< those that hold its name, and held the old one
    std::string name = {}, old_name = {};
    std::string bytes = {};  ///< that are written
    std::size_t offset = 0;  ///< where in the file
  };
  using Names = std::map<int, std::map<std::string, int>>;  ///< of every folder

  class Reader;
  bool certain(std::size_t call, std::size_t done) const;

  std::vector<Call> calls_;
};

}  // namespace deepobs::test
