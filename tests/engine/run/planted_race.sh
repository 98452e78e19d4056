#!/bin/sh
# ThreadSanitizer must report the race that is planted in a parallel loop, and nothing when there is none.
#
#   planted_race.sh PATH/TO/planted_race_probe     (built with -fsanitize=thread)

probe=$1
output=$("$probe" 2>&1)
status=$?
if [ $status -eq 0 ] || ! printf '%s' "$output" | grep -q 'data race'; then
  printf 'FAILED: the planted race was not reported (exit status %s)\n%s\n' "$status" "$output"
  exit 1
fi
output=$("$probe" clean 2>&1)
status=$?
if [ $status -ne 0 ] || printf '%s' "$output" | grep -q 'ThreadSanitizer'; then
  printf 'FAILED: the same loop without a race was reported (exit status %s)\n%s\n' "$status" "$output"
  exit 1
fi
echo 'the planted race is reported, the clean loop is not'
