# For scripts that let system calls fail (they source it): a folder of their own, which is the current one, and the count
# of what did not hold. Ends the script with 77 where strace is missing or may not trace.

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

if ! strace -f -o trace -e trace=none -e inject=fsync:error=EIO:when=1 true >/dev/null 2>&1; then
  echo "skipped: strace is not installed or may not trace processes here"
  exit 77
fi
failures=0
cases=0

# $1: what did not hold. The program's words are in the file `output`.
complain() {
  failures=$((failures + 1))
  echo "FAILED: $1"
  cat output
}
