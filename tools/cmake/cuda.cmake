# The part for NVIDIA GPUs: whether it can be built, and then libdeepobs_cuda.so, which the program loads on demand.
#
# Sets DEEPOBS_CUDA_FOUND and, where it is, makes the target deepobs_cuda.

set(DEEPOBS_CUDA AUTO CACHE STRING "Build the part for NVIDIA GPUs: ON, OFF, or AUTO: where toolkit and cuDNN are found")
set_property(CACHE DEEPOBS_CUDA PROPERTY STRINGS AUTO ON OFF)
if(NOT DEEPOBS_CUDA MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "DEEPOBS_CUDA must be ON, OFF or AUTO, not ${DEEPOBS_CUDA}")
endif()

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

if(cuda_missing STREQUAL "")
  find_package(CUDAToolkit QUIET)
  find_path(DEEPOBS_CUDNN_INCLUDE cudnn.h HINTS ${CUDAToolkit_INCLUDE_DIRS} "$ENV{CUDNN_PATH}/include"
    PATHS ${cuda_prefixes} PATH_SUFFIXES include)
  find_library(DEEPOBS_CUDNN_LIBRARY NAMES cudnn libcudnn.so.9 HINTS ${CUDAToolkit_LIBRARY_DIR} "$ENV{CUDNN_PATH}/lib"
    PATHS ${cuda_prefixes} PATH_SUFFIXES lib64 lib)
  if(NOT TARGET CUDA::cublasLt OR NOT TARGET CUDA::cudart_static)
    set(cuda_missing "the toolkit of ${CMAKE_CUDA_COMPILER} has no cuBLASLt or no static runtime: looked in "
      "${CUDAToolkit_LIBRARY_DIR}")
    string(CONCAT cuda_missing ${cuda_missing})
  elseif(NOT DEEPOBS_CUDNN_INCLUDE OR NOT DEEPOBS_CUDNN_LIBRARY)
    list(JOIN cuda_prefixes " " looked)
    set(cuda_missing "there is no cuDNN 9 (cudnn.h and libcudnn.so): looked beside the toolkit, in CUDNN_PATH, in the \
system's folders and in ${looked}; DEEPOBS_CUDNN_INCLUDE and DEEPOBS_CUDNN_LIBRARY can name them")
  else()
    set(DEEPOBS_CUDA_FOUND TRUE)
  endif()
endif()

if(DEEPOBS_CUDA_FOUND)
  message(STATUS "GPUs: libdeepobs_cuda.so with CUDA ${CUDAToolkit_VERSION}, cuDNN in ${DEEPOBS_CUDNN_LIBRARY}")
  file(GLOB cuda_sources CONFIGURE_DEPENDS engine/cuda/*.cpp engine/cuda/*.cu kernels/cuda/*.cpp kernels/cuda/*.cu
    kernels/*.cu)
  add_subdirectory(${CMAKE_CURRENT_LIST_DIR}/cuda cuda)
elseif(DEEPOBS_CUDA STREQUAL "ON")
  message(FATAL_ERROR "DEEPOBS_CUDA is ON, but ${cuda_missing}")
else()
  message(STATUS "GPUs: none, ${cuda_missing}")
endif()
