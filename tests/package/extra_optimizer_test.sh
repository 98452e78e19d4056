#!/bin/sh
# Builds in an optimizer that lies outside the project: the one that README.md shows, exactly as it stands there.
# Only its file and the generated list are compiled.
#
#   extra_optimizer_test.sh SOURCE_FOLDER

set -eu
source=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/some where"
file="$work/some where/signum.cpp"

"$source/tests/package/readme_optimizer.sh" "$source/README.md" signum > "$file"

configure() {
  cmake -S "$source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DDEEPOBS_TESTS=OFF -DDEEPOBS_WERROR=ON \
    "-DDEEPOBS_EXTRA_OPTIMIZERS=$1" > "$work/log" 2>&1
}
configure "$file" || { cat "$work/log"; exit 1; }
cp "$work/log" "$work/configured"
catalogue="$work/build/catalogues/optimizer_catalogue.cpp"
grep -q '^Optimizer signum();$' "$catalogue" || { echo "FAILED: signum is not declared in the list"; exit 1; }
grep -q ' own = signum();' "$catalogue" || { echo "FAILED: signum is not in the list"; exit 1; }

objects=$(ninja -C "$work/build" -t targets all | sed -n 's/: CXX_COMPILER.*//p' | grep -e 'signum\.cpp\.o$' -e 'optimizer_catalogue\.cpp\.o$')
[ "$(echo "$objects" | wc -l)" = 2 ] || { echo "FAILED: there are no two objects to build: $objects"; exit 1; }
echo "$objects" | sed 's/.*/"&"/' | xargs ninja -C "$work/build" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }

# Where there is a part for GPUs, the same file is compiled for it.
if grep -q 'GPUs: libdeepobs_cuda.so' "$work/configured"; then
  object=$(ninja -C "$work/build" -t targets all | sed -n 's/: CUDA_COMPILER.*//p' | grep 'signum\.cpp\.o$')
  [ -n "$object" ] || { echo "FAILED: signum is not compiled for GPUs"; exit 1; }
  ninja -C "$work/build" "$object" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
fi

# The beginning of the file's SHA-256 goes into its results, and follows the file when that is edited.
check_version() {
  wanted=$(sha256sum "$2" | cut -c 1-8)
  grep -q "signum().*version = \"$wanted\"" "$1" || { echo "FAILED: $1 does not name the version $wanted"; exit 1; }
}
[ "$(grep -o 'version = ' "$catalogue" | wc -l)" = 1 ] || { echo "FAILED: deepobs' own optimizers have versions"; exit 1; }
check_version "$catalogue" "$file"
echo "// edited" >> "$file"
echo "$objects" | sed 's/.*/"&"/' | xargs ninja -C "$work/build" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
check_version "$catalogue" "$file"

# So does that of a file that lies in kernels/optim and is no part of the revision.
if git -C "$source" rev-parse --verify HEAD > "$work/log" 2>&1; then
  git clone -q "$source" "$work/clone"
  cp "$file" "$work/clone/kernels/optim/signum.cpp"
  cmake -S "$work/clone" -B "$work/clone/build" -G Ninja -DDEEPOBS_TESTS=OFF -DDEEPOBS_CUDA=OFF > "$work/log" 2>&1 ||
    { cat "$work/log"; exit 1; }
  check_version "$work/clone/build/catalogues/optimizer_catalogue.cpp" "$file"
fi

# What cannot be built in is said when configuring.
cp "$file" "$work/sign_descent.cpp"
if configure "$work/sign_descent.cpp"; then echo "FAILED: a file without its function was accepted"; exit 1; fi
tr '\n' ' ' < "$work/log" | tr -s ' ' | grep -q 'it does not define Optimizer sign_descent(), the function that the file.s name names' ||
  { cat "$work/log"; exit 1; }
sed 's/Optimizer signum()/Optimizer deepobs::adam2()/' "$file" > "$work/adam2.cpp"
configure "$work/adam2.cpp" || { echo "FAILED: a definition with its namespace in front was refused"; cat "$work/log"; exit 1; }
if configure "$work/nowhere.cpp"; then echo "FAILED: a file that does not exist was accepted"; exit 1; fi
grep -q 'DEEPOBS_EXTRA_OPTIMIZERS: there is no file' "$work/log" || { cat "$work/log"; exit 1; }
cp "$file" "$work/Bad-Name.cpp"
if configure "$work/Bad-Name.cpp"; then echo "FAILED: a name that names no function was accepted"; exit 1; fi
grep -q "it must be of a-z, 0-9, _" "$work/log" || { cat "$work/log"; exit 1; }
cp "$file" "$work/adam.cpp"
if configure "$work/adam.cpp"; then echo "FAILED: a second adam was accepted"; exit 1; fi
grep -q 'there are two files that define' "$work/log" || { cat "$work/log"; exit 1; }
echo "built in"
