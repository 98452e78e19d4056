#pragma once

#include <string>

namespace deepobs {

struct LocalTime {
  std::string stamp;       ///< as it stands in file names: "2025-12-13-16-00-00"
  std::string utc_offset;  ///< how far it is ahead of UTC: "+01:00"
};

/// Now.
LocalTime local_time();
std::string local_time_stamp();  ///< its stamp alone

}  // namespace deepobs
