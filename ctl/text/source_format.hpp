#pragma once

#include <string>
#include <string_view>

#include "ctl/text/layout.hpp"

namespace dirsync::ctl {

/// The daemon's JSON about the identity source for a person. Any other text comes back as it is.

/// What a change keeps and removes; `names`: with every name.
std::string source_change_text(std::string_view preview, bool names, Width width = {});
/// What a change did, and the first cycle on the new source.
std::string source_changed_text(std::string_view report, Width width = {});
std::string snapshots_text(std::string_view json, Width width = {});
std::string restored_text(std::string_view report, Width width = {});

}  // namespace dirsync::ctl
