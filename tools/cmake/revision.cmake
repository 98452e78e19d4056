# Writes the header that holds the revision. Run at every build (cmake -P), so that a result names the commit it was
# built from; the file changes only when the revision does.

execute_process(COMMAND git describe --always --dirty --abbrev=12 --exclude=*
                WORKING_DIRECTORY ${SOURCE_DIR} OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE
                ERROR_QUIET RESULT_VARIABLE failed)
if(failed OR revision STREQUAL "")
  set(revision unknown)
endif()
set(text "#pragma once\n\n#define DEEPOBS_VERSION \"${VERSION}\"\n#define DEEPOBS_REVISION \"${revision}\"\n#define DEEPOBS_COMPILER \"${COMPILER}\"\n")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT text STREQUAL "${old}")
  file(WRITE ${OUTPUT} "${text}")
endif()
