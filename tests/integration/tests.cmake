# The real programs on a real Samba domain controller, one test a file, one at a time. `tools/test lab` runs them.
file(GLOB integration_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*_test.py)
foreach(script ${integration_tests})
  get_filename_component(name ${script} NAME_WE)
  add_test(NAME integration.${name} COMMAND /usr/bin/python3 ${script})
  set_tests_properties(integration.${name} PROPERTIES LABELS lab RUN_SERIAL ON TIMEOUT 1800
    ENVIRONMENT "DIRSYNC_BIN=${CMAKE_BINARY_DIR}")
endforeach()
