# The part for NVIDIA GPUs: whether it can be built, and then libdeepobs_cuda.so, which the program loads on demand.
#
# Sets DEEPOBS_CUDA_FOUND and DEEPOBS_CUDNN_FOUND and, where the first is, makes the target deepobs_cuda. It needs nvcc
# and cuBLASLt; without cuDNN it computes convolutions by its own loops.

set(DEEPOBS_CUDA AUTO CACHE STRING "Build the part for NVIDIA GPUs: ON, OFF, or AUTO: where nvcc and cuBLASLt are found")
set(DEEPOBS_CUDNN AUTO CACHE STRING "Build it with cuDNN: ON, OFF, or AUTO: where that is found")
foreach(option DEEPOBS_CUDA DEEPOBS_CUDNN)
  set_property(CACHE ${option} PROPERTY STRINGS AUTO ON OFF)
  if(NOT ${option} MATCHES "^(AUTO|ON|OFF)$")
    message(FATAL_ERROR "${option} must be ON, OFF or AUTO, not ${${option}}")
  endif()
endforeach()

# The folders of NVIDIA's Python packages, which have include/ and lib/: .../site-packages/nvidia/cu13, .../cudnn
function(deepobs_python_cuda_folders folders)
  find_program(DEEPOBS_PYTHON python3)
  set(found "")
  if(DEEPOBS_PYTHON)
    execute_process(COMMAND ${DEEPOBS_PYTHON} -c "import importlib.util as u, glob
spec = u.find_spec('nvidia')
print(';'.join(f for p in (spec.submodule_search_locations if spec else []) for f in sorted(glob.glob(p + '/*/'))))"
      OUTPUT_VARIABLE found ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  endif()
  set(${folders} ${found} PARENT_SCOPE)
endfunction()

set(DEEPOBS_CUDA_FOUND FALSE)
set(cuda_missing "")
file(GLOB cuda_prefixes /usr/local/cuda /usr/local/cuda-* /opt/cuda /opt/cuda-* /opt/nvidia/cuda*)

if(DEEPOBS_CUDA STREQUAL "OFF")
  set(cuda_missing "DEEPOBS_CUDA is OFF")
elseif(DEEPOBS_SANITIZE)
  set(cuda_missing "a build with sanitizers has none")
else()
  # CUDACXX and CUDA_PATH are the names that CMake and NVIDIA's installers use.
  find_program(DEEPOBS_NVCC NAMES nvcc HINTS "$ENV{CUDACXX}" "$ENV{CUDA_PATH}/bin" PATHS ${cuda_prefixes} PATH_SUFFIXES bin)
  if(EXISTS "$ENV{CUDACXX}")
    set(DEEPOBS_NVCC "$ENV{CUDACXX}")
  endif()
  if(NOT DEEPOBS_NVCC)
    list(JOIN cuda_prefixes " " looked)
    set(cuda_missing "there is no nvcc: looked in CUDACXX, CUDA_PATH, PATH and ${looked}")
  endif()
endif()

if(cuda_missing STREQUAL "")
  include(CheckLanguage)
  set(ENV{CUDACXX} "${DEEPOBS_NVCC}")
  if(NOT DEFINED CMAKE_CUDA_HOST_COMPILER)
    set(CMAKE_CUDA_HOST_COMPILER ${CMAKE_CXX_COMPILER})
  endif()
  # Not CMake's list of architectures: one pass of the front end serves all of them. Newer GPUs compile the PTX.
  set(CMAKE_CUDA_ARCHITECTURES OFF)
  set(CMAKE_CUDA_FLAGS_INIT "")
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    enable_language(CUDA)
    if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12.3)
      set(cuda_missing "nvcc ${CMAKE_CUDA_COMPILER_VERSION} in ${CMAKE_CUDA_COMPILER} is older than 12.3")
    endif()
  else()
    set(cuda_missing "nvcc in ${DEEPOBS_NVCC} does not compile with ${CMAKE_CXX_COMPILER}; the log of CMake says why")
  endif()
endif()

# cuBLASLt and cuDNN belong to the toolkit, or are installed beside it, or are there as Python packages only, whose
# libraries may have no plain name. CUBLAS_PATH and CUDNN_PATH name folders with include/ and lib/.
if(cuda_missing STREQUAL "")
  find_package(CUDAToolkit QUIET)
  deepobs_python_cuda_folders(cuda_wheels)
  set(cuda_places ${cuda_prefixes} ${cuda_wheels})
  list(JOIN cuda_places " " cuda_places_words)
  string(REGEX MATCH "^[0-9]+" cuda_major "${CMAKE_CUDA_COMPILER_VERSION}")
  find_path(DEEPOBS_CUBLASLT_INCLUDE cublasLt.h HINTS "$ENV{CUBLAS_PATH}/include" ${CUDAToolkit_INCLUDE_DIRS}
    PATHS ${cuda_places} PATH_SUFFIXES include)
  find_library(DEEPOBS_CUBLASLT_LIBRARY NAMES cublasLt libcublasLt.so.${cuda_major}
    HINTS "$ENV{CUBLAS_PATH}/lib" ${CUDAToolkit_LIBRARY_DIR} PATHS ${cuda_places} PATH_SUFFIXES lib64 lib)
  find_library(DEEPOBS_CUDART_LIBRARY NAMES libcudart_static.a HINTS ${CUDAToolkit_LIBRARY_DIR} "$ENV{CUBLAS_PATH}/lib"
    PATHS ${cuda_places} PATH_SUFFIXES lib64 lib)
  if(NOT DEEPOBS_CUBLASLT_INCLUDE OR NOT DEEPOBS_CUBLASLT_LIBRARY)
    string(CONCAT cuda_missing "there is no cuBLASLt ${cuda_major} (cublasLt.h and libcublasLt.so): looked beside the "
      "toolkit, in CUBLAS_PATH, in the system's folders and in ${cuda_places_words}; DEEPOBS_CUBLASLT_INCLUDE and "
      "DEEPOBS_CUBLASLT_LIBRARY can name them")
  elseif(NOT DEEPOBS_CUDART_LIBRARY)
    string(CONCAT cuda_missing "there is no static runtime (libcudart_static.a): looked beside the toolkit, in the "
      "system's folders and in ${cuda_places_words}; DEEPOBS_CUDART_LIBRARY can name it")
  else()
    set(DEEPOBS_CUDA_FOUND TRUE)
  endif()
endif()

set(DEEPOBS_CUDNN_FOUND FALSE)
set(cudnn_missing "")
if(DEEPOBS_CUDA_FOUND AND DEEPOBS_CUDNN STREQUAL "OFF")
  set(cudnn_missing "DEEPOBS_CUDNN is OFF")
elseif(DEEPOBS_CUDA_FOUND)
  find_path(DEEPOBS_CUDNN_INCLUDE cudnn.h HINTS "$ENV{CUDNN_PATH}/include" ${CUDAToolkit_INCLUDE_DIRS}
    PATHS ${cuda_places} PATH_SUFFIXES include)
  find_library(DEEPOBS_CUDNN_LIBRARY NAMES cudnn libcudnn.so.9 HINTS "$ENV{CUDNN_PATH}/lib" ${CUDAToolkit_LIBRARY_DIR}
    PATHS ${cuda_places} PATH_SUFFIXES lib64 lib)
  if(DEEPOBS_CUDNN_INCLUDE AND DEEPOBS_CUDNN_LIBRARY)
    set(DEEPOBS_CUDNN_FOUND TRUE)
  else()
    string(CONCAT cudnn_missing "there is no cuDNN 9 (cudnn.h and libcudnn.so): looked beside the toolkit, in "
      "CUDNN_PATH, in the system's folders and in ${cuda_places_words}; DEEPOBS_CUDNN_INCLUDE and "
      "DEEPOBS_CUDNN_LIBRARY can name them")
  endif()
endif()

if(NOT DEEPOBS_CUDA_FOUND AND DEEPOBS_CUDA STREQUAL "ON")
  message(FATAL_ERROR "DEEPOBS_CUDA is ON, but ${cuda_missing}")
elseif(DEEPOBS_CUDA_FOUND AND NOT DEEPOBS_CUDNN_FOUND AND DEEPOBS_CUDNN STREQUAL "ON")
  message(FATAL_ERROR "DEEPOBS_CUDNN is ON, but ${cudnn_missing}")
elseif(NOT DEEPOBS_CUDA_FOUND)
  message(STATUS "GPUs: none, ${cuda_missing}")
else()
  message(STATUS "GPUs: libdeepobs_cuda.so with CUDA ${CMAKE_CUDA_COMPILER_VERSION}, cuBLASLt in "
    "${DEEPOBS_CUBLASLT_LIBRARY}")
  if(DEEPOBS_CUDNN_FOUND)
    message(STATUS "GPUs: convolutions by cuDNN in ${DEEPOBS_CUDNN_LIBRARY}")
  else()
    message(STATUS "GPUs: convolutions by slow loops of deepobs' own, ${cudnn_missing}")
  endif()
  file(GLOB_RECURSE cuda_sources CONFIGURE_DEPENDS engine/cuda/*.cpp engine/cuda/*.cu kernels/cuda/*.cpp kernels/*.cu)
  if(NOT DEEPOBS_CUDNN_FOUND)
    list(FILTER cuda_sources EXCLUDE REGEX "/cudnn_[a-z_]*\\.cpp$")
  endif()
  add_subdirectory(${CMAKE_CURRENT_LIST_DIR}/cuda cuda)
endif()
