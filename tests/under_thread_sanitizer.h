#pragma once

namespace deepobs {

/// ThreadSanitizer makes all work ten to fifty times slower, and what it is there for are threads. A test that repeats
/// one pattern of threads many times, or has none, does a part of its work under it and says why. What depends on
/// threads is never left out.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool under_thread_sanitizer = true;
#else
inline constexpr bool under_thread_sanitizer = false;
#endif

}  // namespace deepobs
