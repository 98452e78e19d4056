#!/usr/bin/env bash
# Installs the Debian packages that this project needs: tools/install_packages.sh [test]
# With "test", those of the test suite too. Does nothing where all are there; asks for sudo only where apt needs it.
set -euo pipefail

# libboost-dev: Boost.Math, the distributions of intervals and tests
# libsimdjson-dev: reads results in bulk
packages=(g++ cmake ninja-build libtbb-dev nlohmann-json3-dev libcli11-dev zlib1g-dev libeigen3-dev libboost-dev
          libsimdjson-dev dataset-fashion-mnist)
# librsvg2-bin, libxml2-utils: figures are converted and read by other programs
[ "${1:-}" = test ] && packages+=(ccache doctest-dev strace binutils git librsvg2-bin libxml2-utils)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "this script installs Debian packages, and there is no apt-get here; please install: ${missing[*]}" >&2
  exit 1
fi
sudo=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "run as root, or install sudo, to install: ${missing[*]}" >&2; exit 1; }
  sudo=(sudo)
fi
echo "installing ${missing[*]}"
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
