#!/bin/sh
# A library that others embed must not end their program, print, or change their process. Looks at what the objects of
# the static libraries refer to.
#
#   forbidden_symbols.sh LIBRARY.a...
#
# Left out are the objects of the command line, whose business is to print: the commands, and the progress lines; and
# its watch for signals.

command_line='command_line|[a-z]*_command|progress|signal_watch'
# Exact symbols: names of C functions, and the mangled streams of the standard library.
forbidden='exit|_exit|_Exit|quick_exit|abort|printf|fprintf|vprintf|vfprintf|puts|fputs|putchar|putc|fputc|perror|__printf_chk|__fprintf_chk|__vfprintf_chk|stdout|stderr|_ZSt4cout|_ZSt4cerr|_ZSt4clog|signal|sigaction|setlocale|uselocale|chdir|fchdir|umask|setenv|putenv|getenv|_ZSt13set_terminatePFvvE|_ZNSt6locale6globalERKS_'

failures=0
objects=0
for library in "$@"; do
  members=$(ar t "$library") || exit 1
  objects=$((objects + $(printf '%s\n' "$members" | wc -l)))
  found=$(nm --print-file-name --undefined-only "$library" | awk -v names="^($forbidden)$" -v skip=":(($command_line)\\\\.cpp|unity_command_line_cxx\\\\.cxx)\\\\.o:" \
    '$0 !~ skip { name = $NF; sub(/@.*/, "", name); if (name ~ names) print }')
  if [ -n "$found" ]; then
    printf 'FAILED: %s refers to\n%s\n' "$library" "$found"
    failures=1
  fi
done
if [ "$objects" -eq 0 ]; then
  echo 'FAILED: there was nothing to look at'
  exit 1
fi
[ $failures -eq 0 ] && echo "$objects objects refer to none of them"
exit $failures
