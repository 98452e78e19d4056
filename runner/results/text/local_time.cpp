#include "runner/results/text/local_time.h"

#include <chrono>
#include <cstdlib>
#include <ctime>

#include "runner/results/run_path.h"

namespace deepobs {

LocalTime local_time() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm local{};
  localtime_r(&now, &local);
  const long minutes = std::labs(local.tm_gmtoff) / 60;
  const auto two_digits = [](long number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return {time_stamp(local),
          (local.tm_gmtoff < 0 ? "-" : "+") + two_digits(minutes / 60) + ":" + two_digits(minutes % 60)};
}

std::string local_time_stamp() { return local_time().stamp; }

}  // namespace deepobs
