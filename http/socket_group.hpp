#pragma once

#include <string>

namespace dirsync::http {

/// Gives a socket file of mode 0600 to `group`, a name or a number, with mode 0660. Returns an empty text on
/// success or for an empty group, else the reason and what to do about it; the file is then unchanged.
std::string open_to_group(const std::string& path, const std::string& group);

}  // namespace dirsync::http
