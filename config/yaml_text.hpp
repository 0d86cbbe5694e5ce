#pragma once

#include <string>
#include <string_view>

namespace dirsync::config {

/// A text as a YAML scalar: as it is where it can stand alone, else in single quotes. For texts of one line.
std::string yaml_scalar(std::string_view text);

}  // namespace dirsync::config
