#pragma once

#include <filesystem>
#include <string_view>

#include "config/config.hpp"

namespace dirsync::config {

/// As `load` reads a file named `file`, from this text: files that it names have to exist. `scope.d` is left
/// aside.
Loaded load_draft(std::string_view yaml, const std::filesystem::path& file);

}  // namespace dirsync::config
