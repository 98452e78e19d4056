# The flags of all our code, in one interface target, and deepobs_library(), which makes a library of one folder.

# Vectors need the first two. No fast-math: a NaN is a result. No contraction: the same bits at every optimisation
# level. Projects that use the libraries get them too: the loops of an optimizer are compiled where its rule is.
set(arithmetic_flags -fno-math-errno -fno-trapping-math -ffp-contract=off)

add_library(deepobs_flags INTERFACE)
target_compile_options(deepobs_flags INTERFACE
  -Wall -Wextra -Wshadow -Wpedantic $<$<BOOL:${DEEPOBS_WERROR}>:-Werror>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # g++ 12 warns of its own string
  ${arithmetic_flags} -fvisibility=hidden -fvisibility-inlines-hidden
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess>)  # ccache needs it to know objects with precompiled headers again

if(DEEPOBS_SANITIZE)
  target_compile_options(deepobs_flags INTERFACE
    -fsanitize=${DEEPOBS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  target_link_options(deepobs_flags INTERFACE -fsanitize=${DEEPOBS_SANITIZE})
  target_compile_definitions(deepobs_flags INTERFACE DEEPOBS_SANITIZE="${DEEPOBS_SANITIZE}")
endif()

# Sources of ours name headers from the root of the project on; those of others say <deepobs/...>
# (public_headers.cmake).
target_include_directories(deepobs_flags INTERFACE ${PROJECT_SOURCE_DIR})

function(deepobs_library name)
  add_library(deepobs_${name} STATIC ${ARGN})
  add_library(deepobs::${name} ALIAS deepobs_${name})
  set_target_properties(deepobs_${name} PROPERTIES EXPORT_NAME ${name})
  target_link_libraries(deepobs_${name} PRIVATE $<BUILD_INTERFACE:deepobs_flags>)
  target_compile_features(deepobs_${name} PUBLIC cxx_std_20)
  target_include_directories(deepobs_${name} INTERFACE
    $<BUILD_INTERFACE:${public_headers}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  add_dependencies(deepobs_${name} deepobs_headers)
  # The standard's headers are parsed once; each file still names what it uses. None of ours: of one whose comments have
  # changed ccache may give the precompiled form from before, which g++ does not know for the same. Not with sanitizers:
  # g++ 12 then takes a precompiled string for ours and warns of it; and a build without shows what a file forgot.
  if(NOT DEEPOBS_SANITIZE)
    target_precompile_headers(deepobs_${name} PRIVATE
      <algorithm> <filesystem> <functional> <map> <memory> <optional> <span> <sstream> <string> <vector>)
  endif()
endfunction()
