# deepobs_revision.h for the records of runs, looked at anew at every build.

set(revision_header ${CMAKE_CURRENT_BINARY_DIR}/revision/deepobs_revision.h)
add_custom_target(deepobs_revision
  COMMAND ${CMAKE_COMMAND} -DSOURCE_DIR=${PROJECT_SOURCE_DIR} -DOUTPUT=${revision_header} -DVERSION=${PROJECT_VERSION}
          "-DCOMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
          -P ${CMAKE_CURRENT_LIST_DIR}/revision.cmake
  BYPRODUCTS ${revision_header})
add_dependencies(deepobs_training deepobs_revision)
target_include_directories(deepobs_training PRIVATE $<BUILD_INTERFACE:${CMAKE_CURRENT_BINARY_DIR}/revision>)
