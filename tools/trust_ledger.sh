#!/usr/bin/env bash
# Runs the tests that hold the project to its promises, tests/ledger.txt, and prints for every promise its tests, how
# many they are, and whether they passed.
#
#   tools/trust_ledger.sh [BUILD...]      build folders (default: build/release-tests)
#
# A row of the address or thread sanitizer needs a build with it: tools/test.sh --sanitize, tools/test.sh --tsan.
# Exit status: 0 all passed, 1 a test failed or was skipped, 2 a pattern matches no test, or there is no such build.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -gt 0 ] || set -- "$root/build/release-tests"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The kind of a build: address, thread or plain.
kind_of() {
  case $(sed -n 's/^DEEPOBS_SANITIZE:STRING=//p' "$1/CMakeCache.txt") in
    *thread*) echo thread ;;
    *address*) echo address ;;
    *) echo plain ;;
  esac
}

# Rows of the ledger for a build of kind $1, as row TAB promise TAB pattern.
rows_for() {
  awk -F ' [|] ' -v OFS='\t' -v kind="$1" '!/^#/ && NF == 4 && ($4 == "any" || $4 == kind) { print $1, $2, $3 }' \
    "$root/tests/ledger.txt"
}

status=0
for build in "$@"; do
  [ -f "$build/CTestTestfile.cmake" ] || { echo "$build: no build with tests" >&2; exit 2; }
  kind=$(kind_of "$build")
  rows_for "$kind" > "$work/rows"
  all=$(cut -f 3 "$work/rows" | paste -sd '|')
  ctest --test-dir "$build" -R "$all" --parallel "$(nproc)" --output-junit "$work/results.xml" > "$work/log" 2>&1 || true
  [ -f "$work/results.xml" ] || { cat "$work/log" >&2; exit 2; }
  # One line a test: passed, failed or skipped, TAB, name.
  sed -n 's/.*<testcase name="\([^"]*\)".* status="\([a-z]*\)".*/\2\t\1/p' "$work/results.xml" |
    sed -e 's/^run\t/passed\t/; s/^fail\t/failed\t/; s/^\(notrun\|disabled\)\t/skipped\t/' \
        -e 's/&quot;/"/g; s/&apos;/'"'"'/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' > "$work/tests"
  echo "$build ($kind), $(git -C "$root" describe --always --dirty 2>/dev/null || echo 'no revision'), $(date +%F)"
  echo
  while IFS=$'\t' read -r row promise pattern; do
    awk -F '\t' -v pattern="$pattern" '$2 ~ pattern' "$work/tests" > "$work/row"
    count=$(wc -l < "$work/row")
    count_of() { grep -c "^$1" "$work/row" || true; }
    passed=$(count_of passed) failed=$(count_of failed) skipped=$(count_of skipped)
    if [ "$count" -eq 0 ]; then
      result="ERROR: no test matches $pattern"
      status=2
    elif [ "$failed" -gt 0 ]; then
      result="FAILED $failed of $count"
    elif [ "$skipped" -gt 0 ]; then
      result="skipped $skipped of $count"
    else
      result=passed
    fi
    [ "$passed" -eq "$count" ] || [ "$status" -ne 0 ] || status=1
    printf '%-4s %s: %s tests, %s\n' "$row" "$promise" "$count" "$result"
    sed 's/^passed\t/         /; s/^failed\t/  FAILED /; s/^skipped\t/ skipped /' "$work/row"
  done < "$work/rows"
  echo
done
exit $status
