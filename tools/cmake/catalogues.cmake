# The lists of optimizers and problems, made from the files that there are: to add one, add its file.
# kernels/optim/NAME.cpp defines Optimizer NAME(), problems/NAME.cpp defines Problem NAME(). Optimizers may also lie
# outside the project, in the files of DEEPOBS_EXTRA_OPTIMIZERS.
#
# Sets optimizer_sources, and optimizer_catalogue and problem_catalogue: the generated files.

# Writes FILE, which defines `const std::vector<TYPE>& PLURAL()` and `const TYPE& find_SINGULAR(name)`, both declared in
# HEADER, for the source files that follow.
function(deepobs_write_catalogue file header type singular plural)
  set(declarations "")
  set(calls "")
  set(names "")
  foreach(source IN LISTS ARGN)
    cmake_path(GET source STEM name)
    if(NOT name MATCHES "^[a-z][a-z0-9_]*$")
      message(FATAL_ERROR "${source}: the file's name names its function ${type} NAME(); it must be of a-z, 0-9, _")
    endif()
    if(name IN_LIST names)
      message(FATAL_ERROR "${source}: there are two files that define ${type} ${name}(); rename one")
    endif()
    list(APPEND names ${name})
    string(APPEND declarations "${type} ${name}();\n")
    string(APPEND calls "${name}(), ")
  endforeach()
  string(REGEX REPLACE ", $" "" calls "${calls}")
  file(CONFIGURE OUTPUT ${file} @ONLY CONTENT [[
// Written by tools/cmake/catalogues.cmake.
#include "@header@"

#include "engine/nearest_name.h"

namespace deepobs {

@declarations@
const std::vector<@type@>& @plural@() {
  static const std::vector<@type@> all{@calls@};
  return all;
}

const @type@& find_@singular@(std::string_view name) { return find_named(@plural@(), "@singular@", name); }

}  // namespace deepobs
]])
endfunction()

set(catalogue_folder ${CMAKE_CURRENT_BINARY_DIR}/catalogues)

file(GLOB optimizer_sources CONFIGURE_DEPENDS kernels/optim/*.cpp)
foreach(source IN LISTS DEEPOBS_EXTRA_OPTIMIZERS)
  cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_SOURCE_DIR} NORMALIZE)
  if(NOT EXISTS ${source})
    message(FATAL_ERROR "DEEPOBS_EXTRA_OPTIMIZERS: there is no file ${source}")
  endif()
  list(APPEND optimizer_sources ${source})
endforeach()
set(optimizer_catalogue ${catalogue_folder}/optimizer_catalogue.cpp)
deepobs_write_catalogue(${optimizer_catalogue} kernels/optimizer.h Optimizer optimizer optimizers ${optimizer_sources})

file(GLOB listed_problems CONFIGURE_DEPENDS problems/*.cpp)
set(problem_catalogue ${catalogue_folder}/problem_catalogue.cpp)
deepobs_write_catalogue(${problem_catalogue} problems/problem.h Problem problem problems ${listed_problems})
