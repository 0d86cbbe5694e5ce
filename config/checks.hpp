#pragma once

#include <string>
#include <vector>

#include "config/reader.hpp"

namespace dirsync::config {

/// Rules that concern several keys of the main file at once, applied to what was read from it.
void check_together(const Config& config, const Places& places, const std::string& file,
                    std::vector<Problem>& problems);

}  // namespace dirsync::config
