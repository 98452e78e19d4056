# The flags of all our code, in one interface target, and deepobs_library(), which makes a library of one folder.

add_library(deepobs_flags INTERFACE)
target_compile_options(deepobs_flags INTERFACE
  -Wall -Wextra -Wshadow -Wpedantic -Wno-restrict $<$<BOOL:${DEEPOBS_WERROR}>:-Werror>  # restrict: g++ 12 warns of its own string
  # Vectors need the first two. No fast-math: a NaN is a result. No contraction: the same bits at every optimisation level.
  -fno-math-errno -fno-trapping-math -ffp-contract=off -fvisibility=hidden -fvisibility-inlines-hidden)

if(DEEPOBS_SANITIZE)
  target_compile_options(deepobs_flags INTERFACE
    -fsanitize=${DEEPOBS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  target_link_options(deepobs_flags INTERFACE -fsanitize=${DEEPOBS_SANITIZE})
  target_compile_definitions(deepobs_flags INTERFACE DEEPOBS_SANITIZE="${DEEPOBS_SANITIZE}")
endif()

function(deepobs_library name)
  add_library(deepobs_${name} STATIC ${ARGN})
  set_target_properties(deepobs_${name} PROPERTIES EXPORT_NAME ${name})
  target_link_libraries(deepobs_${name} PRIVATE $<BUILD_INTERFACE:deepobs_flags>)
  target_compile_features(deepobs_${name} PUBLIC cxx_std_20)
  target_include_directories(deepobs_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include/deepobs>)
endfunction()
