#!/bin/sh
# Kills a run that keeps checkpoints before each system call by which it writes one or publishes its result.
# At any time a folder of results holds a complete result or none, and the same command, given again, ends with the bytes
# of a run that nobody kills and leaves no checkpoint.
#
#   resume_faults.sh PATH/TO/deepobs
#
# Exit status: 0 all held, 1 something did not, 77 skipped because strace is missing or may not trace here.

set -u
program=$1
. "$(dirname "$0")/../fault_injection.sh"

words="run two_d_beale -o Adam --lr 0.01 --bs 128 -N 2 --threads 1 --resume --checkpoint_seconds 0"

# The one result without what differs from run to run.
result() {
  find results -name '*.json' -exec awk '
    /"(start_time|total_seconds|train_seconds|eval_seconds|train_examples_per_second|eval_examples_per_second)"/ {
      inside = /\[$/
      next
    }
    !inside
    /\]/ { inside = 0 }' {} +
}

"$program" $words > output 2>&1 || { cat output; exit 1; }
result > whole
grep -q '"test_losses"' whole || { echo "FAILED: the reference has no curves"; exit 1; }

for call in openat write fsync link rename renameat2 unlink unlinkat rmdir mkdir; do
  rm -rf results results.work
  # shellcheck disable=SC2086
  strace -f -y -o trace -e trace="$call" "$program" $words > output 2>&1
  # Only calls that concern the results; the loader and the standard library make others.
  numbers=$(grep '(' trace | grep -n results | cut -d: -f1)
  for n in $numbers; do
    rm -rf results results.work
    # shellcheck disable=SC2086
    strace -f -o trace -e trace="$call" -e inject="$call:signal=SIGKILL:when=$n" "$program" $words > output 2>&1
    [ $? = 137 ] || complain "$call number $n: it was not killed"
    if [ -d results ]; then
      found=$(find results -name '*.json' | wc -l)
      [ "$found" -le 1 ] || complain "$call number $n: $found results"
    fi
    # shellcheck disable=SC2086
    "$program" $words > output 2>&1 || complain "$call number $n: the next run fails"
    result | cmp -s - whole || complain "$call number $n: the result is another one"
    left=$(find . -path '*.work*' -print)
    [ -z "$left" ] || complain "$call number $n: the next run leaves $left"
    cases=$((cases + 1))
  done
done

echo "$cases cases, $failures failures"
[ "$failures" = 0 ] && [ "$cases" -gt 60 ]
