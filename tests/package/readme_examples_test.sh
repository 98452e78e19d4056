#!/bin/sh
# A block of README.md behind a comment <!-- FILE --> is that file, word for word; <!-- part of FILE --> a piece of it.
# Blocks of C++ that have no such comment define one of the optimizers named, which readme_optimizer.sh gives to the tests.
#
#   readme_examples_test.sh SOURCE_FOLDER OPTIMIZER...

set -eu
cd "$1"
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

awk -v work="$work" -v known=" $* " '
  /^<!-- .*tests\/package\/.* -->$/ { name = $(NF - 1); part = $2 == "part"; next }
  /^```/ && inside { inside = 0; close(file); name = ""; next }
  /^```/ && name { inside = 1; file = sprintf("%s/%d", work, ++count); print name, part > (work "/list"); printf "" > file; next }
  inside { print > file; next }
  /^```cpp/ { loose = 1; optimizer = 0; begin = NR; next }
  loose && /^Optimizer [a-z_]+\(\) \{/ { of = $2; sub(/\(.*/, "", of); optimizer = index(known, " " of " ") > 0 }
  /^```/ && loose { if (!optimizer) print begin > (work "/loose"); loose = 0 }
  /^```/ { name = "" }' README.md
if [ -e "$work/loose" ]; then
  echo "FAILED: README.md shows C++ that no test holds, in these lines:"
  cat "$work/loose"
  exit 1
fi
count=0
while read -r name part; do
  count=$((count + 1))
  if [ "$part" = 1 ]; then
    # Whole lines, one behind the other.
    awk 'NR == FNR { piece = piece $0 "\n"; next } { whole = whole $0 "\n" } END { exit piece == "" || index("\n" whole, "\n" piece) == 0 }' \
      "$work/$count" "$name" || { echo "FAILED: README.md shows this as a part of $name, which has no such lines:"; cat "$work/$count"; exit 1; }
  else
    diff "$work/$count" "$name" || { echo "FAILED: README.md shows another $name"; exit 1; }
  fi
done < "$work/list"
[ "$count" -ge 6 ] || { echo "FAILED: README.md has only $count examples of tests/package"; exit 1; }
echo "$count examples"
