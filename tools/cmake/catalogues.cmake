# The lists of optimizers, problems and data sets, made from the files that there are: to add one, add its file.
# kernels/optim/NAME.cpp defines Optimizer NAME(), problems/NAME.cpp defines Problem NAME(), problems/data/sets/NAME.cpp
# defines DatasetInfo NAME(). Optimizers may also lie outside the project, in the files of DEEPOBS_EXTRA_OPTIMIZERS.
#
# The revision of deepobs says nothing of an optimizer's file that is no part of it: the list gives that optimizer the
# beginning of its file's SHA-256 as its version. CMake runs again when such a file is edited.
#
# Sets optimizer_sources, and optimizer_catalogue, problem_catalogue and data_set_catalogue: the generated files.

# Writes FILE, which defines `const std::vector<TYPE>& PLURAL()` and `const TYPE& find_SINGULAR(name)`, both declared in
# HEADER, for the source files that follow. Those in `own_sources` get a version.
function(deepobs_write_catalogue file header type singular plural)
  string(REPLACE "_" " " words "${singular}")
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
    # The linker would only say that a reference is undefined.
    file(READ "${source}" content)
    if(NOT content MATCHES "(${type}|auto)[ \t\r\n]+([A-Za-z0-9_]+::)*${name}[ \t\r\n]*\\(")
      message(FATAL_ERROR "${source}: it does not define ${type} ${name}(), the function that the file's name names; "
        "rename the function or the file")
    endif()
    string(APPEND declarations "${type} ${name}();\n")
    set(call "${name}()")
    if(source IN_LIST own_sources)
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
      file(SHA256 "${source}" version)
      string(SUBSTRING ${version} 0 8 version)
      set(call "[] { ${type} own = ${name}(); own.version = \"${version}\"; return own; }()")
    endif()
    string(APPEND calls "\n      ${call},")
  endforeach()
  file(CONFIGURE OUTPUT ${file} @ONLY CONTENT [[
// Written by tools/cmake/catalogues.cmake.
#include "@header@"

#include "engine/base/nearest_name.h"

namespace deepobs {

// One whose definition the linker does not find is not in namespace deepobs in its file.
@declarations@
const std::vector<@type@>& @plural@() {
  static const std::vector<@type@> all{@calls@
  };
  return all;
}

const @type@& find_@singular@(std::string_view name) { return find_named(@plural@(), "@words@", name); }

}  // namespace deepobs
]])
endfunction()

set(catalogue_folder ${CMAKE_CURRENT_BINARY_DIR}/catalogues)

file(GLOB optimizer_sources CONFIGURE_DEPENDS kernels/optim/*.cpp)
set(own_sources "")
# Files in kernels/optim that the revision does not have. Where deepobs lies in the repository of another project, or in
# none, that cannot be told.
execute_process(COMMAND git rev-parse --show-toplevel WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
  OUTPUT_VARIABLE repository OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(repository)
  file(REAL_PATH "${repository}" repository)
  file(REAL_PATH "${PROJECT_SOURCE_DIR}" project)
  if(repository STREQUAL project)
    execute_process(COMMAND git ls-files --others -- kernels/optim WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
      OUTPUT_VARIABLE untracked OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    string(REPLACE "\n" ";" untracked "${untracked}")
    list(TRANSFORM untracked PREPEND "${PROJECT_SOURCE_DIR}/" OUTPUT_VARIABLE own_sources)
  endif()
endif()
foreach(source IN LISTS DEEPOBS_EXTRA_OPTIMIZERS)
  cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_SOURCE_DIR} NORMALIZE)
  if(NOT EXISTS ${source})
    message(FATAL_ERROR "DEEPOBS_EXTRA_OPTIMIZERS: there is no file ${source}")
  endif()
  list(APPEND optimizer_sources ${source})
  list(APPEND own_sources ${source})
endforeach()
set(optimizer_catalogue ${catalogue_folder}/optimizer_catalogue.cpp)
deepobs_write_catalogue(${optimizer_catalogue} kernels/update/optimizer.h Optimizer optimizer optimizers ${optimizer_sources})

file(GLOB listed_problems CONFIGURE_DEPENDS problems/*.cpp)
set(problem_catalogue ${catalogue_folder}/problem_catalogue.cpp)
deepobs_write_catalogue(${problem_catalogue} problems/problem.h Problem problem problems ${listed_problems})

file(GLOB listed_data_sets CONFIGURE_DEPENDS problems/data/sets/*.cpp)
set(data_set_catalogue ${catalogue_folder}/data_set_catalogue.cpp)
deepobs_write_catalogue(${data_set_catalogue} problems/data/dataset_info.h DatasetInfo data_set data_sets
  ${listed_data_sets})
