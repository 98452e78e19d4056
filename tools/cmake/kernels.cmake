# The CPU bodies of the ops, the files *_cpu.cpp below kernels, are compiled once per instruction set; the device
# chooses one at run time. Everything else is compiled once, for any machine.

file(GLOB_RECURSE kernel_sources CONFIGURE_DEPENDS kernels/*.cpp)
list(FILTER kernel_sources EXCLUDE REGEX "/kernels/(cuda|optim)/")  # those of GPUs, those of the catalogue
set(kernel_bodies ${kernel_sources})
list(FILTER kernel_sources EXCLUDE REGEX "_cpu\\.cpp$")
list(FILTER kernel_bodies INCLUDE REGEX "_cpu\\.cpp$")

deepobs_isas(isas)
set(kernel_objects)
foreach(isa IN LISTS isas)
  deepobs_isa_objects(deepobs_bodies_${isa} ${isa} ${kernel_bodies})
  target_link_libraries(deepobs_bodies_${isa} PRIVATE deepobs_flags)
  target_precompile_headers(deepobs_bodies_${isa} PRIVATE <array> <cstring> <memory> <span> <string_view> <utility>)
  list(APPEND kernel_objects $<TARGET_OBJECTS:deepobs_bodies_${isa}>)
endforeach()
