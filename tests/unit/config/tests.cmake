# What the tests of config/ need besides their sources.
target_compile_definitions(unit_config PRIVATE DIRSYNC_SOURCE_DIR="${PROJECT_SOURCE_DIR}")

# The examples against the JSON Schema, by a validator that is not ours (python3-jsonschema, python3-yaml).
add_test(NAME config_schema_check
         COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/schema_check.py ${PROJECT_SOURCE_DIR})
set_tests_properties(config_schema_check PROPERTIES LABELS unit TIMEOUT 120)
