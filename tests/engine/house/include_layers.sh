#!/bin/sh
# Prints which room of the house includes which, and fails when an include points where no arrow of the table below
# does, or when a header of ours includes one of a third party: those belong into .cpp files.
#
#   include_layers.sh SOURCE_FOLDER

cd "$1" || exit 1
list=$(mktemp) || exit 1
trap 'rm -f "$list"' EXIT
find tools runner problems kernels engine -name '*.h' -o -name '*.cpp' -o -name '*.cu' | sort |
  xargs grep -nE '^[[:space:]]*#[[:space:]]*include' > "$list"
awk '
  # The room that a file lies in. The files of runner/ itself start the program.
  function room(file, part, n) {
    n = split(file, part, "/")
    if (part[1] == "problems" && part[2] == "network") return "problems/network"
    return part[1] == "runner" ? (n > 2 ? "runner/" part[2] : "runner/main") : part[1]
  }
  BEGIN {
    rooms = split("engine runner/results runner/analysis kernels problems/network problems runner/training runner/bench runner/cli runner/public runner/main tools", order, " ")
    may["runner/results"] = "engine"
    may["runner/analysis"] = "engine runner/results"
    may["kernels"] = "engine"
    may["problems/network"] = may["kernels"] " kernels runner/results"
    may["problems"] = may["kernels"] " kernels problems/network"
    may["runner/training"] = may["problems"] " problems runner/results"
    may["runner/bench"] = may["runner/training"] " runner/training"
    may["runner/cli"] = may["runner/bench"] " runner/bench"
    may["runner/public"] = may["runner/cli"] " runner/cli"
    may["runner/main"] = "runner/cli"
    may["tools"] = may["runner/cli"] " runner/cli"
    # Results and their analysis link neither graphs nor devices (CMakeLists.txt): of the engine its base alone, and
    # the header of random numbers, which stands alone.
    for (i = 1; i <= rooms; ++i) known[order[i]] = 1
  }
  {
    split($0, part, ":")
    file = part[1]
    from = room(file)
    name = $0
    sub(/^[^"<]*["<]/, "", name)
    sub(/[">].*/, "", name)
    to = room(name)
    if (!(from in known)) wrong = wrong "  " file " lies in no known room\n"
    if (to in known) {
      ++edges[from " " to]
      if (from != to && index(" " may[from] " ", " " to " ") == 0)
        wrong = wrong "  " file ":" part[2] " includes " name "\n"
      if (from ~ /^runner\/(results|analysis)$/ && to == "engine" && name !~ /^engine\/(base\/|tensor\/random\.h$)/)
        wrong = wrong "  " file ":" part[2] " includes " name ", which links the engine\n"
    } else if (index($0, "\"") && name !~ /\// && name != "deepobs_revision.h") {  # that one the build makes
      local = local "  " file ":" part[2] " includes " name "\n"
    }
    if (file ~ /\.h$/ && name ~ /^(nlohmann|CLI|tbb|oneapi|zlib|zconf|Eigen|cuda|cudnn|cublas|doctest|boost)/)
      foreign = foreign "  " file ":" part[2] " includes " name "\n"
    ++includes
  }
  END {
    printf "%-16s", ""
    for (i = 1; i <= rooms; ++i) printf "%16s", order[i]
    print ""
    for (i = rooms; i >= 1; --i) {
      printf "%-16s", order[i]
      for (j = 1; j <= rooms; ++j) printf "%16s", (order[i] " " order[j]) in edges ? edges[order[i] " " order[j]] : "."
      print ""
    }
    if (wrong) printf "FAILED: includes against the arrows\n%s", wrong
    if (foreign) printf "FAILED: headers of third parties in our headers\n%s", foreign
    if (local) printf "FAILED: includes that do not start at the root\n%s", local
    if (includes < 100) printf "FAILED: only %d includes were found\n", includes
    exit (wrong || foreign || local || includes < 100)
  }' "$list"
