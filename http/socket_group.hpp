#pragma once

#include <string>

namespace dirsync::http {

/// Opens a socket file that only its owner may use to `group`, a name or a number: mode 0660. Empty: it is
/// done, or no group was named. Else why not and what to do about it; the file is as it was then, never
/// wider.
std::string open_to_group(const std::string& path, const std::string& group);

}  // namespace dirsync::http
