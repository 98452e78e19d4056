# The programs of this folder, as any project builds them that has the targets of deepobs: installed, or among its
# sources.

set(here ${CMAKE_CURRENT_LIST_DIR})

add_executable(two_layers ${here}/two_layers.cpp)
target_link_libraries(two_layers PRIVATE deepobs::engine)

add_executable(long_way ${here}/long_way.cpp)
target_link_libraries(long_way PRIVATE deepobs::engine)

add_executable(own_op ${here}/own_op/own_op.cpp ${here}/own_op/squareplus.cpp)
target_link_libraries(own_op PRIVATE deepobs::engine)
deepobs_op_bodies(own_op ${here}/own_op/squareplus_cpu.cpp)
if(CMAKE_CUDA_COMPILER)
  deepobs_op_bodies(own_op ${here}/own_op/squareplus.cu)
  target_compile_definitions(own_op PRIVATE MINE_HAS_CUDA)
endif()

add_executable(read_result ${here}/read_result.cpp)
target_link_libraries(read_result PRIVATE deepobs::results)

add_executable(analyze_results ${here}/analyze_results.cpp)
target_link_libraries(analyze_results PRIVATE deepobs::analysis)

add_executable(own_optimizer ${here}/own_optimizer.cpp)
target_link_libraries(own_optimizer PRIVATE deepobs::runner)

add_executable(own_problem ${here}/own_problem.cpp)
target_link_libraries(own_problem PRIVATE deepobs::runner)

# Nothing that deepobs hands on may keep a careful project from its own warnings.
foreach(program two_layers long_way own_op read_result analyze_results own_optimizer own_problem)
  target_compile_options(${program} PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Werror>)
endforeach()
