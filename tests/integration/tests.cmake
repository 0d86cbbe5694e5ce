# The real programs on a real Samba domain controller, one test a file. `tools/test lab` runs them. Tests that
# stand on the same address, and share the domain that was made for it, run one after the other.
file(GLOB integration_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*_test.py)
foreach(script ${integration_tests})
  get_filename_component(name ${script} NAME_WE)
  file(READ ${script} text)
  string(REGEX MATCHALL "127\\.0\\.1\\.[0-9]+" addresses "${text}")
  add_test(NAME integration.${name} COMMAND /usr/bin/python3 ${script})
  set_tests_properties(integration.${name} PROPERTIES LABELS lab RESOURCE_LOCK "${addresses}" TIMEOUT 1800
    ENVIRONMENT "DIRSYNC_BIN=${CMAKE_BINARY_DIR}")
endforeach()
