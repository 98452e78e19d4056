# find_package(deepobs) gives deepobs::engine (graphs, autodiff, ops, optimizers), deepobs::problems, deepobs::runner, and
# deepobs::results (names and files of results alone).

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS deepobs_base deepobs_results deepobs_engine deepobs_problems deepobs_training deepobs_bench deepobs_cli
  deepobs_runner deepobs EXPORT deepobs
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
foreach(folder engine kernels problems runner)
  install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/deepobs FILES_MATCHING PATTERN "*.h")
endforeach()

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/deepobs)
install(EXPORT deepobs NAMESPACE deepobs:: DESTINATION ${package_folder} FILE deepobsTargets.cmake)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/deepobsConfig.cmake.in deepobsConfig.cmake
  INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(deepobsConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/deepobsConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/deepobsConfigVersion.cmake
  DESTINATION ${package_folder})
