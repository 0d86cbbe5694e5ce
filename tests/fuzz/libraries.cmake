# What a fuzz target links besides the pure decoders and the configuration.
set(control_fuzz_libraries dirsync_ldap)
set(import_fuzz_libraries dirsync_admin)
set(api_fuzz_libraries dirsync_api)
