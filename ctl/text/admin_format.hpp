#pragma once

#include <string>
#include <string_view>

#include "ctl/text/layout.hpp"

namespace dirsync::ctl {

/// The daemon's JSON on what admins edit, for a person. A text that is not JSON of the expected shape comes
/// back as it is.

/// `user alice (ID): VERB`, or that it was so already. `verb` says what was done.
std::string edited_text(std::string_view json, std::string_view kind, std::string_view verb,
                        Width width = {});
/// `named`: as the command line named it, by name or id.
std::string deleted_text(std::string_view json, std::string_view kind, std::string_view named,
                         Width width = {});
std::string assignments_text(std::string_view json, Width width = {});
/// What an import did or would do, its changes in front.
std::string import_text(std::string_view json, Width width = {});
/// Lines of an import that were left out, and those that found no match; for stderr.
std::string left_out_text(std::string_view json);

}  // namespace dirsync::ctl
