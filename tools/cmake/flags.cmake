# The flags of all our code, in one interface target, and deepobs_library(), which makes a library of one folder.

# Vectors need the first two. No fast-math: a NaN is a result. No contraction: the same bits at every optimisation level.
# Who uses the libraries gets them too: the loops of an optimizer are compiled where its rule is.
set(arithmetic_flags -fno-math-errno -fno-trapping-math -ffp-contract=off)

add_library(deepobs_flags INTERFACE)
target_compile_options(deepobs_flags INTERFACE
  -Wall -Wextra -Wshadow -Wpedantic $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<BOOL:${DEEPOBS_WERROR}>:-Werror>  # restrict: g++ 12 warns of its own string
  ${arithmetic_flags} -fvisibility=hidden -fvisibility-inlines-hidden
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess>)  # with it ccache knows objects made with precompiled headers again

if(DEEPOBS_SANITIZE)
  target_compile_options(deepobs_flags INTERFACE
    -fsanitize=${DEEPOBS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  target_link_options(deepobs_flags INTERFACE -fsanitize=${DEEPOBS_SANITIZE})
  target_compile_definitions(deepobs_flags INTERFACE DEEPOBS_SANITIZE="${DEEPOBS_SANITIZE}")
endif()

set(common_headers <algorithm> <filesystem> <functional> <map> <memory> <optional> <span> <sstream> <string> <vector>)

function(deepobs_library name)
  add_library(deepobs_${name} STATIC ${ARGN})
  add_library(deepobs::${name} ALIAS deepobs_${name})
  set_target_properties(deepobs_${name} PROPERTIES EXPORT_NAME ${name})
  target_link_libraries(deepobs_${name} PRIVATE $<BUILD_INTERFACE:deepobs_flags>)
  target_compile_features(deepobs_${name} PUBLIC cxx_std_20)
  target_include_directories(deepobs_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include/deepobs>)
  # What most files include is parsed once; each still names what it uses. Not with sanitizers: g++ 12 then warns of its
  # own string, which a precompiled header does not tell it is the system's; and so nothing is forgotten.
  if(DEEPOBS_SANITIZE)
    return()
  elseif(name STREQUAL runner)
    target_precompile_headers(deepobs_runner PRIVATE ${common_headers}
      problems/problem.h kernels/optimizer.h)
  elseif(name STREQUAL engine)
    target_precompile_headers(deepobs_engine PRIVATE ${common_headers} engine/graph.h)
  else()
    target_precompile_headers(deepobs_${name} REUSE_FROM deepobs_engine)
  endif()
endfunction()
