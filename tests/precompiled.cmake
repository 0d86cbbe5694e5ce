# The set of headers for tests: see precompiled.cmake at the root.
add_library(precompiled_tested OBJECT EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/precompiled.cpp)
target_link_libraries(precompiled_tested PRIVATE GTest::gtest_main GTest::gmock)
target_precompile_headers(precompiled_tested PRIVATE
  ${plain_headers} ${awaiting_headers} <gtest/gtest.h> <gmock/gmock.h>)
get_property(test_programs GLOBAL PROPERTY test_programs)
foreach(program ${test_programs} test_support sim_support integration_ldap)
  target_precompile_headers(${program} REUSE_FROM precompiled_tested)
  # Without the optimizer, Asio's headers name its error categories in every file.
  target_link_libraries(${program} PRIVATE asio)
endforeach()
