#!/bin/sh
# Lets every system call that publishing makes fail, one at a time or from one on for good, and kills the program before
# each of them.
# Success is reported only with the complete file in place; without success the complete result is kept where the message
# says, or is in the message; no other file and no empty folder shows in the results; what was there before is
# unchanged; and the next run clears what a killed one left.
#
#   publish_faults.sh PATH/TO/publish_probe
#
# Exit status: 0 all held, 1 something did not, 77 skipped because strace is missing or may not trace here.

set -u
probe=$1
. "$(dirname "$0")/../../fault_injection.sh"
mkdir tmp || exit 1
export TMPDIR="$folder/tmp"
results=$folder/results
file=problem/optimizer/setting/run0.json
next=problem/optimizer/setting/run1.json

"$probe" --print > reference || exit 1
mode=

# before: "fresh" (no results at all), "project" (other results of the problem), "twin" (this setting and name exist)
prepare() {
  rm -rf results results.work
  case $1 in
    project) mkdir -p results/problem/other/setting && cp reference results/problem/other/setting/run0.json ;;
    twin) mkdir -p results/problem/optimizer/setting && echo old > results/$file ;;
  esac
}

# Looks at the tree after a run that ended with $status. $1: what was there before, $2: words for the message
check() {
  wanted=$file
  [ "$1" = twin ] && wanted=$next
  if [ "$status" = 0 ] && ! cmp -s reference "results/$wanted"; then complain "$2: success without the file"; fi
  if [ -e "results/$wanted" ] && ! cmp -s reference "results/$wanted"; then complain "$2: the file is not complete"; fi
  if [ "$1" = twin ] && [ "$(cat results/$file)" != old ]; then complain "$2: an existing file was changed"; fi
  if [ "$status" = 74 ] && ! grep -q '^failed: .* is complete in ' output && grep -q '^failed: ' output; then
    kept=$(sed -n "s/^failed: .* is kept in '\(.*\)'$/\1/p" output)
    if [ -n "$kept" ]; then
      cmp -s reference "$kept" || complain "$2: what is kept is not complete"
      rm -f "$kept"
    else
      grep -qxFf reference output || complain "$2: the result is lost"
    fi
  fi
  if [ -d results ]; then
    empty=$(find results -mindepth 1 -type d -empty)
    [ -z "$empty" ] || complain "$2: empty folder $empty"
    stray=$(find results -mindepth 1 ! -type d ! -path "results/$file" ! -path "results/$next" \
                 ! -path results/problem/other/setting/run0.json ! -path "results/.deepobs-probe-*")
    [ -z "$stray" ] || complain "$2: stray file $stray"
  fi
  # Whoever comes next is not disturbed by what is left, and clears it.
  "$probe" "$results" > output 2>&1 || complain "$2: the next run fails"
  left=$(ls -A -d results.work results/.[!.]* tmp/* .deepobs-* 2>/dev/null)
  [ -z "$left" ] || complain "$2: the next run leaves $left"
}

# Prints the name of each call of pattern $1 that is made when nothing fails, $2 as in prepare.
calls() {
  prepare "$2"
  strace -f -o trace -e trace="$1" "$probe" $mode "$results" > output 2>&1
  sed -n 's/^[0-9 ]*\([a-z0-9_]*\)(.*/\1/p' trace
}

# $1: calls (as strace names them), $2: what to inject, $3: the statuses that are right, $4: "+" if from one call on all
# are to fail. Counts the successes.
inject() {
  succeeded=0
  for before in fresh project twin; do
    calls "$1" $before > made
    for call in $(sort -u made); do
      count=$(grep -cx "$call" made)
      n=1
      while [ "$n" -le "$count" ]; do
        prepare $before
        strace -f -o trace -e trace="$call" -e inject="$call:$2:when=$n$4" "$probe" $mode "$results" > output 2>&1
        status=$?
        words="$mode $call number $n$4 of $count, $2, $before"
        case " $3 " in *" $status "*) ;; *) complain "$words: exit status $status instead of $3" ;; esac
        [ "$status" != 0 ] || succeeded=$((succeeded + 1))
        check $before "$words"
        cases=$((cases + 1))
        n=$((n + 1))
      done
    done
  done
}

making='/^mkdir'
moving='/^(link|rename)'
removing='/^(unlink|rmdir)'

# A signal that interrupts a call changes nothing.
for call in fsync "$moving" "$making"; do inject "$call" error=EINTR 0 ''; done

# A full or broken disk. What fails once is tried in another place, so it may end well; what fails for good may not.
for error in ENOSPC EDQUOT EIO; do
  for call in "$moving" "$making" fsync; do inject "$call" "error=$error" '0 74' ''; done
  inject "$removing" "error=$error" '0 74' ''
done
for error in ENOSPC EIO; do
  for call in "$moving" fsync; do inject "$call" "error=$error" 74 +; done
  inject "$making" "error=$error" '0 74' +
done

# Opening and closing files, and write: these are also made by the loader and the standard library, whose own failures
# end the program with 127 or 1. The last write is the program's message.
for error in ENOSPC EIO EINTR; do
  inject openat "error=$error" '0 1 74 127' ''
  inject close "error=$error" '0 74 127' ''
  inject write "error=$error" '0 74' ''
done

# File systems without hard links; and without the rename that keeps existing files too.
inject link error=EPERM 0 ''
inject link error=EOPNOTSUPP 0 ''
prepare twin
strace -f -o trace -e inject=link:error=EPERM -e inject=renameat2:error=EINVAL "$probe" "$results" > output 2>&1
status=$?
[ $status = 74 ] && grep -q 'neither hard links nor' output || complain "no link, no renameat2: exit status $status"
check twin "no link, no renameat2"
cases=$((cases + 1))

# A mount point: what lies beside the results is on another file system.
inject "$moving" error=EXDEV '0 74' ''

# Power off before each step, also while it is tried whether results can be written. 137: killed.
for mode in '' --try; do
  for call in fsync "$moving" "$making" "$removing" openat close write; do inject "$call" signal=SIGKILL 137 ''; done
done

echo "$cases cases, $failures failures"
[ "$failures" = 0 ]
