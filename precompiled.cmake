# Two sets of headers, each compiled once: for rooms that know no Asio, and for those that await. GCC takes a set only
# where no macro differs that its headers look at: fmt and Boost.JSON, whose users have macros of their own, stay out.
file(CONFIGURE OUTPUT precompiled.cpp CONTENT "")
set(plain_headers
  <algorithm> <array> <charconv> <chrono> <cstdint> <filesystem> <functional> <map> <memory> <optional> <set> <span>
  <string> <string_view> <unordered_map> <utility> <variant> <vector>
  <boost/system/result.hpp> <boost/unordered/unordered_flat_map.hpp> <boost/unordered/unordered_flat_set.hpp>)
set(awaiting_headers
  <boost/asio/any_io_executor.hpp> <boost/asio/as_tuple.hpp> <boost/asio/awaitable.hpp> <boost/asio/co_spawn.hpp>
  <boost/asio/use_awaitable.hpp>)

add_library(precompiled_plain OBJECT ${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp)
target_precompile_headers(precompiled_plain PRIVATE ${plain_headers})
add_library(precompiled_awaiting OBJECT ${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp)
target_precompile_headers(precompiled_awaiting PRIVATE ${plain_headers} ${awaiting_headers})

foreach(room core model sync history admin config wire store ctl)
  target_precompile_headers(dirsync_${room} REUSE_FROM precompiled_plain)
endforeach()
foreach(room engine ldap survey http api daemon)
  target_precompile_headers(dirsync_${room} REUSE_FROM precompiled_awaiting)
endforeach()
