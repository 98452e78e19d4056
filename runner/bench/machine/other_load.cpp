#include "runner/bench/machine/other_load.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <locale>
#include <sstream>

#include "runner/results/text/text_table.h"

namespace deepobs {
namespace {

constexpr double busy = 0.05;  // the share from which on the reader is told, as in tools/peers/report.py
constexpr double least_seconds = 0.5;

/// Ticks of all processors together since the machine was started.
struct Ticks {
  std::int64_t all = 0, idle = 0;
};

/// From "cpu user nice system idle iowait irq softirq steal ...": what follows (guests) is in user and nice already.
std::optional<Ticks> ticks_in(std::string_view stat) {
  std::istringstream line(std::string(stat.substr(0, stat.find('\n'))));
  line.imbue(std::locale::classic());
  std::string name;
  if (!(line >> name) || name != "cpu") return std::nullopt;
  Ticks ticks;
  for (int field = 0; field < 8; ++field) {
    std::int64_t value = 0;
    if (!(line >> value)) return std::nullopt;
    ticks.all += value;
    if (field == 3 || field == 4) ticks.idle += value;
  }
  return ticks;
}

/// The totals are its first line.
std::string stat_now() {
  std::ifstream file("/proc/stat");
  std::string line;
  std::getline(file, line);
  return line;
}

/// Processor time of all threads of this process.
double own_now() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

std::optional<double> share_of_others(std::string_view before, std::string_view after, double own_seconds,
                                      double ticks_per_second) {
  const auto from = ticks_in(before), to = ticks_in(after);
  if (!from || !to || to->all <= from->all) return std::nullopt;
  const auto passed = static_cast<double>(to->all - from->all), idle = static_cast<double>(to->idle - from->idle);
  return std::clamp((passed - idle - own_seconds * ticks_per_second) / passed, 0., 1.);
}

OtherLoad::OtherLoad() : before_(stat_now()), own_before_(own_now()) {}

std::optional<double> OtherLoad::share() const {
  if (watch_.seconds() < least_seconds) return std::nullopt;
  return share_of_others(before_, stat_now(), own_now() - own_before_, static_cast<double>(sysconf(_SC_CLK_TCK)));
}

std::string other_load_warning(std::optional<double> share) {
  if (!share || *share <= busy) return "";
  return "WARNING: other programs used " + fixed(100 * *share, 0) + "% of the machine during these measurements";
}

}  // namespace deepobs
