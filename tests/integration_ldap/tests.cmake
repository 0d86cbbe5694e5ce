# The directory adapter against a real Samba AD DC. Skipped aloud unless DIRSYNC_LAB names a running lab.
file(GLOB integration_ldap_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp)
add_executable(integration_ldap ${integration_ldap_tests})
target_link_libraries(integration_ldap PRIVATE dirsync_survey Threads::Threads GTest::gtest GTest::gmock)
target_compile_definitions(integration_ldap PRIVATE DIRSYNC_LAB_TOOLS="${CMAKE_SOURCE_DIR}/tests/lab")
gtest_discover_tests(integration_ldap DISCOVERY_TIMEOUT 60 PROPERTIES LABELS lab TIMEOUT 300 RESOURCE_LOCK lab)
