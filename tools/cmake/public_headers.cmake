# The headers that other projects include as <deepobs/...>, in a folder of the build that is installed as it is: those
# of runner/public, one of all ops, and the headers of ours that these include, however far down. No other header is
# public. Their includes of ours are written anew as <deepobs/engine/...>, so that others need no include path but that
# of the folder.
#
# Included by CMakeLists.txt, this file sets `public_headers`, the folder, and makes the target deepobs_headers, which
# runs it as a script with SOURCE, the project, and TO, the folder.

if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(public_headers ${CMAKE_CURRENT_BINARY_DIR}/public_headers)
  file(GLOB_RECURSE all_headers CONFIGURE_DEPENDS engine/*.h kernels/*.h problems/*.h runner/*.h)
  set(publish ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DTO=${public_headers} -P ${CMAKE_CURRENT_LIST_FILE})
  # Once at once: only files that the build system knows as made by this command are looked at after it has run.
  execute_process(COMMAND ${publish} COMMAND_ERROR_IS_FATAL ANY)
  file(GLOB_RECURSE published ${public_headers}/deepobs/*.h)
  add_custom_command(OUTPUT ${public_headers}/made BYPRODUCTS ${published} COMMAND ${publish}
    DEPENDS ${all_headers} ${CMAKE_CURRENT_LIST_FILE} COMMENT "Public headers" VERBATIM)
  add_custom_target(deepobs_headers DEPENDS ${public_headers}/made)
  return()
endif()

cmake_minimum_required(VERSION 3.25)
set(ours "engine|kernels|problems|runner")
set(made "")

# Writes a header, with its includes as others see them, and appends those to `wanted`.
function(publish name text)
  string(REGEX MATCHALL "#include \"(${ours})/[^\"]*\"" lines "${text}")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "#include \"(.*)\"" "\\1" header "${line}")
    list(APPEND wanted ${header})
  endforeach()
  string(REGEX REPLACE "#include \"((${ours})/[^\"]*)\"" "#include <deepobs/\\1>" text "${text}")
  set(old "")
  if(EXISTS ${TO}/deepobs/${name})
    file(READ ${TO}/deepobs/${name} old)
  endif()
  if(NOT "${text}" STREQUAL "${old}")  # or all that includes it would be compiled anew
    file(WRITE ${TO}/deepobs/${name} "${text}")
  endif()
  set(wanted ${wanted} PARENT_SCOPE)
  set(made ${made} ${name} PARENT_SCOPE)
endfunction()

set(wanted "")
file(GLOB umbrellas RELATIVE ${SOURCE}/runner/public ${SOURCE}/runner/public/*.h)
foreach(umbrella IN LISTS umbrellas)
  file(READ ${SOURCE}/runner/public/${umbrella} content)
  publish(${umbrella} "${content}")
endforeach()

# An op's contract is the header beside its rules: other headers in there are how ops share their insides.
set(content "#pragma once\n\n// All ops. Written by tools/cmake/public_headers.cmake.\n\n")
file(GLOB headers RELATIVE ${SOURCE} ${SOURCE}/kernels/ops/*/*.h)
foreach(header IN LISTS headers)
  string(REGEX REPLACE "\\.h$" ".cpp" rules ${header})
  if(EXISTS ${SOURCE}/${rules})
    string(APPEND content "#include \"${header}\"\n")
  endif()
endforeach()
publish(ops.h "${content}")

while(wanted)
  list(POP_FRONT wanted header)
  if(NOT header IN_LIST made)
    file(READ ${SOURCE}/${header} content)
    publish(${header} "${content}")
  endif()
endwhile()

file(GLOB_RECURSE present RELATIVE ${TO}/deepobs ${TO}/deepobs/*)
foreach(header IN LISTS present)
  if(NOT header IN_LIST made)
    file(REMOVE ${TO}/deepobs/${header})
  endif()
endforeach()
file(TOUCH ${TO}/made)
