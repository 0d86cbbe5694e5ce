#pragma once

#include <string>
#include <string_view>

namespace dirsync::ctl {

/// The daemon's JSON about the identity source for a person; a text that is no such JSON comes back as it is.

/// What a change keeps and removes; `names`: with every name.
std::string source_change_text(std::string_view preview, bool names);
/// What a change did, and the first cycle on the new source.
std::string source_changed_text(std::string_view report);
std::string snapshots_text(std::string_view json);
std::string restored_text(std::string_view report);

}  // namespace dirsync::ctl
