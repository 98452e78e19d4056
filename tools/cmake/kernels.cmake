# The CPU bodies of the ops, the files *_cpu.cpp below kernels, are compiled once per instruction set; which one runs is chosen at run
# time by the device. Everything else is compiled once, for any machine.

file(GLOB_RECURSE kernel_sources CONFIGURE_DEPENDS kernels/*.cpp)
list(FILTER kernel_sources EXCLUDE REGEX "/kernels/(cuda|optim)/")  # those of GPUs, those of the catalogue
set(kernel_bodies ${kernel_sources})
list(FILTER kernel_sources EXCLUDE REGEX "_cpu\\.cpp$")
list(FILTER kernel_bodies INCLUDE REGEX "_cpu\\.cpp$")

set(isa_flags_portable "")
set(isa_flags_avx2 -mavx2 -mfma -mprfchw)
set(isa_flags_avx512 -mavx512f -mavx512vl -mavx512bw -mavx512dq -mfma -mprfchw -mprefer-vector-width=512)
set(isas portable)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND isas avx2 avx512)
endif()

set(kernel_objects)
foreach(isa IN LISTS isas)
  add_library(deepobs_bodies_${isa} OBJECT ${kernel_bodies})
  target_link_libraries(deepobs_bodies_${isa} PRIVATE deepobs_flags)
  target_include_directories(deepobs_bodies_${isa} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(deepobs_bodies_${isa} PRIVATE DEEPOBS_ISA=${isa})
  target_compile_options(deepobs_bodies_${isa} PRIVATE ${isa_flags_${isa}} -Wno-psabi
    -Wno-maybe-uninitialized)  # a false alarm of g++ 12 inside its own avx512fintrin.h
  target_precompile_headers(deepobs_bodies_${isa} PRIVATE <array> <cstring> <memory> <span> <string_view> <utility>)
  list(APPEND kernel_objects $<TARGET_OBJECTS:deepobs_bodies_${isa}>)
endforeach()
