# find_package(deepobs) gives deepobs::engine (networks, graphs, autodiff, ops, optimizers), deepobs::problems,
# deepobs::runner, and deepobs::results (names and files of results alone); and deepobs_op_bodies() for ops of others.

include(CMakePackageConfigHelpers)

install(TARGETS deepobs_base deepobs_results deepobs_analysis deepobs_engine deepobs_problems deepobs_training
  deepobs_bench deepobs_cli deepobs_runner deepobs EXPORT deepobs
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${public_headers}/deepobs DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/deepobs)
install(EXPORT deepobs NAMESPACE deepobs:: DESTINATION ${package_folder} FILE deepobsTargets.cmake)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/deepobsConfig.cmake.in deepobsConfig.cmake
  INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(deepobsConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/deepobsConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/deepobsConfigVersion.cmake
  ${CMAKE_CURRENT_LIST_DIR}/op_bodies.cmake DESTINATION ${package_folder})
