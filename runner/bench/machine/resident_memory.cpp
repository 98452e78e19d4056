#include "runner/bench/machine/resident_memory.h"

#include <malloc.h>

#include <fstream>
#include <sstream>
#include <string>

namespace deepobs {

bool reset_peak_memory() {
  malloc_trim(0);
  std::ofstream file("/proc/self/clear_refs");
  file << "5" << std::flush;
  return file.good();
}

std::optional<std::int64_t> peak_memory() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("VmHWM:")) continue;
    std::istringstream number(line.substr(6));
    std::int64_t kibibytes = 0;
    if (number >> kibibytes) return kibibytes * 1024;
  }
  return std::nullopt;
}

}  // namespace deepobs
