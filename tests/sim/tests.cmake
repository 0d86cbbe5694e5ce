# The real engine, core and stores against a simulated forest, in virtual time.
file(GLOB sim_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp ${CMAKE_CURRENT_LIST_DIR}/forest/*.cpp)
list(FILTER sim_sources EXCLUDE REGEX "_(test|main)\\.cpp$")
add_library(sim_support STATIC ${sim_sources})
target_link_libraries(sim_support PUBLIC test_support PRIVATE Boost::json PkgConfig::sqlite3)

add_executable(simulate sim/simulate_main.cpp)
target_link_libraries(simulate PRIVATE sim_support)

file(GLOB sim_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*_test.cpp)
dirsync_test(sim LABEL sim SOURCES ${sim_tests} LIBRARIES sim_support)
target_compile_definitions(sim PRIVATE SIM_REGRESSIONS="${CMAKE_CURRENT_LIST_DIR}/regressions")
file(GLOB fault_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/../fault/*_test.cpp)
if(fault_tests)
  dirsync_test(fault LABEL fault SOURCES ${fault_tests} LIBRARIES sim_support)
endif()
