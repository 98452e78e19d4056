#include "runner/local_time.h"

#include <chrono>
#include <ctime>

#include "runner/run_path.h"

namespace deepobs {

std::string local_time_stamp() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm local{};
  localtime_r(&now, &local);
  return time_stamp(local);
}

}  // namespace deepobs
