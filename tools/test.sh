#!/usr/bin/env bash
# Installs what the tests need, builds, and runs them; ends with ctest's summary and its status.
#   tools/test.sh               Release
#   tools/test.sh --sanitize    under AddressSanitizer and UndefinedBehaviorSanitizer
#   tools/test.sh --tsan        under ThreadSanitizer, on std::thread workers (Debian's oneTBB is not instrumented)
# Further arguments go to ctest: tools/test.sh -R plan
set -euo pipefail
cd "$(dirname "$0")/.."

build=release-tests
options=(-DCMAKE_BUILD_TYPE=Release)
case "${1:-}" in
  --sanitize)
    build=sanitize
    options=(-DCMAKE_BUILD_TYPE=RelWithDebInfo -DDEEPOBS_SANITIZE=address,undefined)
    shift
    ;;
  --tsan)
    build=tsan
    options=(-DCMAKE_BUILD_TYPE=RelWithDebInfo -DDEEPOBS_SANITIZE=thread)
    shift
    ;;
esac

tools/install_packages.sh test
cmake -S . -B "build/$build" -G Ninja -DDEEPOBS_TESTS=ON -DDEEPOBS_WERROR=ON "${options[@]}"
cmake --build "build/$build"
export UBSAN_OPTIONS=print_stacktrace=1
ctest --test-dir "build/$build" --output-on-failure --parallel "$(nproc)" "$@"
