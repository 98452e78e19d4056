#!/usr/bin/env bash
# Copies what a build needs beside a compiler, CMake and the CUDA toolkit (oneTBB, nlohmann/json, CLI11, doctest, zlib,
# Fashion-MNIST) from this machine's packages into one folder, which git ignores:
#
#   tools/gpu_bundle.sh [FOLDER]      default: .gpu-bundle
#
# tools/gpu_check.sh then builds with nothing else, on a machine that has no packages.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-.gpu-bundle}
case $folder in
  -*) echo "usage: tools/gpu_bundle.sh [FOLDER]" >&2; exit 2 ;;
esac

packages=(libtbb-dev libtbb12 libtbbmalloc2 libtbbbind-2-5 nlohmann-json3-dev libcli11-dev doctest-dev zlib1g-dev zlib1g
          dataset-fashion-mnist)
rm -rf "$folder"
mkdir -p "$folder"
for package in "${packages[@]}"; do
  list=$(dpkg -L "$package" 2>/dev/null) || { echo "package $package is not installed; tools/install_packages.sh test" >&2; exit 1; }
  while IFS= read -r file; do
    case $file in */doc/* | */man/* | */lintian/*) continue ;; esac
    [ -f "$file" ] || continue
    to=$folder${file/#\/lib\//\/usr\/lib\/}
    mkdir -p "$(dirname "$to")"
    cp -L "$file" "$to"  # links as the files that they lead to: some lead out of the folder
  done <<< "$list"
done
du -sh "$folder"
