#!/bin/sh
# Of a function that several objects define weakly (a template, an inline function) the linker keeps any one for all. If
# an object that was compiled for AVX-512 defines one, machines without AVX-512 may come to run it. So the objects of
# the bodies define nothing weakly, unless its (mangled) name says the instruction set, as 6avx512.
#
#   isa_symbols.sh INSTRUCTION_SET OBJECT...

isa=$1
shift
if [ $# -eq 0 ]; then
  echo 'FAILED: there is no object to look at'
  exit 1
fi
found=$(nm --print-file-name --defined-only "$@" | awk '$(NF - 1) ~ /^[WVuwv]$/' | grep -v "${#isa}$isa" | c++filt)
if [ -n "$found" ]; then
  printf 'FAILED: weak symbols in objects for %s\n%s\n' "$isa" "$found"
  exit 1
fi
echo "$# objects for $isa define no weak symbol without its name"
