#!/usr/bin/env bash
# Copies what a build needs beside a compiler, CMake and the CUDA toolkit (oneTBB, nlohmann/json, simdjson, CLI11, doctest,
# zlib, what we include of Boost, Fashion-MNIST) from this machine's packages into one folder, which git ignores:
#
#   tools/gpu_bundle.sh [FOLDER]      default: .gpu-bundle
#
# tools/gpu_check.sh then builds with nothing else, on a machine that has no packages. What is not installed here is
# installed first (tools/install_packages.sh); a bundle that is there already stays as it is until the new one is
# complete.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1-.gpu-bundle}
marker=.deepobs-bundle  # in every bundle: nothing else is ever replaced
usage() { echo "usage: tools/gpu_bundle.sh [FOLDER]; it replaces FOLDER" >&2; exit 2; }
[ $# -le 1 ] || usage
case $folder in -* | '') usage ;; esac
case $(realpath -m "$folder") in / | "$PWD") usage ;; esac
folder=${folder%/}
if [ -e "$folder" ] && [ ! -e "$folder/$marker" ] && [ -n "$(ls -A "$folder" 2> /dev/null || echo it)" ]; then
  echo "$folder is there and is no bundle; give the name of a folder that is empty or not there, or remove it" >&2
  exit 2
fi
most_mebibytes=64  # so that it can travel with the sources wherever they may not be large

packages=(libtbb-dev libtbb12 libtbbmalloc2 libtbbbind-2-5 nlohmann-json3-dev libcli11-dev doctest-dev zlib1g-dev zlib1g
          libeigen3-dev libsimdjson-dev libsimdjson14 dataset-fashion-mnist)
boost=libboost1.74-dev  # ten times as large as the bundle may be: only the headers that are included
installed() { dpkg-query -W -f='${Status}' "$1" 2> /dev/null | grep -q 'ok installed'; }
missing_packages() {
  local package
  for package in "${packages[@]}" "$boost"; do installed "$package" || echo "$package"; done
}
[ -z "$(missing_packages)" ] || tools/install_packages.sh test
missing=$(missing_packages)
if [ -n "$missing" ]; then
  echo "these packages are needed and not installed: ${missing//$'\n'/ }; install them, for example with apt-get" >&2
  exit 1
fi

new=$folder.new.$$ old=$folder.old.$$
for left in "$folder".new.*; do  # of runs that were killed
  [ -e "$left/$marker" ] && ! kill -0 "${left##*.}" 2> /dev/null && rm -rf "$left"
done
at_exit() {
  [ -e "$folder" ] || [ ! -e "$old" ] || mv "$old" "$folder"
  rm -rf "$new"
}
trap at_exit EXIT
mkdir -p "$new"
: > "$new/$marker"
for package in "${packages[@]}"; do
  list=$(dpkg -L "$package")
  while IFS= read -r file; do
    case $file in */doc/* | */man/* | */lintian/*) continue ;; esac
    [ -f "$file" ] || continue
    to=$new${file/#\/lib\//\/usr\/lib\/}
    mkdir -p "$(dirname "$to")"
    cp -L "$file" "$to"  # links as the files that they lead to: some lead out of the folder
  done <<< "$list"
done
grep -l '#include <boost/' -r runner --include='*.cpp' | xargs g++ -std=c++20 -I. -M |
  grep -o '/usr/include/boost/[^ ]*' | sort -u > "$new/boost_files"
dpkg -L "$boost" | grep -E '/cmake/[^/]*/[^/]*\.cmake$' | grep -E '/(Boost|boost_headers)-' >> "$new/boost_files"
while IFS= read -r file; do
  mkdir -p "$new$(dirname "$file")"
  cp -L "$file" "$new$file"
done < "$new/boost_files"
rm "$new/boost_files"
mebibytes=$(du -sm "$new" | cut -f1)
if [ "$mebibytes" -ge "$most_mebibytes" ]; then
  echo "the bundle has $mebibytes MiB, and should be below $most_mebibytes MiB to travel" >&2
  exit 1
fi
[ ! -e "$folder" ] || mv "$folder" "$old"
mv "$new" "$folder"
rm -rf "$old"
echo "$folder: $mebibytes MiB"
