# How bodies of ops are compiled: those of kernels/ and, installed with the package, those of a program's own ops.

# The instruction sets that CPU bodies are compiled for.
function(deepobs_isas into)
  set(isas portable)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    list(APPEND isas avx2 avx512)
  endif()
  set(${into} ${isas} PARENT_SCOPE)
endfunction()

# An object library of the files that follow, for one of them.
function(deepobs_isa_objects name isa)
  set(flags_portable "")
  set(flags_avx2 -mavx2 -mfma -mprfchw)
  set(flags_avx512 -mavx512f -mavx512vl -mavx512bw -mavx512dq -mfma -mprfchw -mprefer-vector-width=512)
  add_library(${name} OBJECT ${ARGN})
  target_compile_definitions(${name} PRIVATE DEEPOBS_ISA=${isa})
  # Where nothing is inlined, the linker would mix code of several instruction sets.
  target_compile_options(${name} PRIVATE ${flags_${isa}} $<$<OR:$<CONFIG:Debug>,$<CONFIG:>>:-O2> -Wno-psabi
    -Wno-maybe-uninitialized)  # a false alarm of g++ 12 inside its own avx512fintrin.h
endfunction()

# deepobs_op_bodies(TARGET FILE...) adds bodies of the program's own ops to a target that links deepobs::engine. A file
# *.cu holds bodies for GPUs (deepobs/cuda_op.h), and needs the project to have CUDA as a language; every other file
# holds bodies for CPUs (deepobs/cpu_op.h), and is compiled once for each instruction set.
function(deepobs_op_bodies target)
  set(cpu ${ARGN})
  set(cuda ${ARGN})
  list(FILTER cpu EXCLUDE REGEX "\\.cu$")
  list(FILTER cuda INCLUDE REGEX "\\.cu$")
  deepobs_isas(isas)
  foreach(isa IN LISTS isas)
    if(NOT cpu)
      break()
    endif()
    deepobs_isa_objects(${target}_bodies_${isa} ${isa} ${cpu})
    target_link_libraries(${target}_bodies_${isa} PRIVATE deepobs::engine)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_bodies_${isa}>)
  endforeach()
  if(cuda)
    # CMake 3.25 does not know how nvcc is told of C++20. It asks the folder of the target.
    foreach(kind STANDARD EXTENSION)
      if(NOT DEFINED CMAKE_CUDA20_${kind}_COMPILE_OPTION)
        set(CMAKE_CUDA20_${kind}_COMPILE_OPTION -std=c++20 PARENT_SCOPE)
      endif()
    endforeach()
    # As deepobs compiles its own: the bits of a CPU need products and sums that are not contracted.
    add_library(${target}_bodies_cuda OBJECT ${cuda})
    set_target_properties(${target}_bodies_cuda PROPERTIES CUDA_STANDARD 20 CUDA_STANDARD_REQUIRED ON)
    target_compile_options(${target}_bodies_cuda PRIVATE -fmad=false --extended-lambda --expt-relaxed-constexpr
      -diag-suppress=1675)
    target_link_libraries(${target}_bodies_cuda PRIVATE deepobs::engine)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_bodies_cuda>)
    if(DEEPOBS_CUDART_LIBRARY)  # where deepobs is built it was looked for in more places
      target_link_libraries(${target} PRIVATE ${DEEPOBS_CUDART_LIBRARY} ${CMAKE_DL_LIBS} rt)
    else()
      find_package(CUDAToolkit REQUIRED)
      target_link_libraries(${target} PRIVATE CUDA::cudart_static)
    endif()
  endif()
endfunction()
