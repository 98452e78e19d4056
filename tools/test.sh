#!/usr/bin/env bash
# Installs what the tests need, builds, and runs them; ends with ctest's summary and its status.
#   tools/test.sh               Release
#   tools/test.sh --sanitize    under AddressSanitizer and UndefinedBehaviorSanitizer
#   tools/test.sh --clang       Release, compiled by clang (the package clang, or any as clang++)
#   tools/test.sh --tsan        under ThreadSanitizer, on std::thread workers (Debian's oneTBB is not instrumented)
#   tools/test.sh --slow        Release, only those that take minutes each: runs killed 200 times, and the like
# Further arguments go to ctest: tools/test.sh -R plan
set -euo pipefail
cd "$(dirname "$0")/.."

preset=tests build=release-tests which=(-LE slow)
case "${1:-}" in
  --sanitize) preset=sanitize build=sanitize; shift ;;
  --tsan) preset=tsan build=tsan; shift ;;
  --clang) preset=clang build=clang; shift ;;
  --slow) which=(-L slow); shift ;;
esac

# Compiled objects can be shared between checkouts, wherever they lie.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
tools/install_packages.sh test
cmake --preset "$preset"
cmake --build "build/$build"
export UBSAN_OPTIONS=print_stacktrace=1
ctest --test-dir "build/$build" --output-on-failure --parallel "$(nproc)" "${which[@]}" "$@"
