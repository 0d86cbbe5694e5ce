#pragma once

#include <string>
#include <string_view>

#include "api/messages/edits.hpp"
#include "ctl/text/layout.hpp"

namespace dirsync::ctl {

/// The daemon's JSON on what admins edit, for a person. A text that is not JSON of the expected shape comes
/// back as it is.

/// `user alice (ID): VERB`, or that it was so already. `verb` says what was done. Edited is EditedUser,
/// EditedGroup, EditedPermissionSet or EditedAssignment.
template <class Edited>
std::string edited_text(std::string_view json, std::string_view verb, Width width = {});
/// `kind`: `user`, ...; `named`: as the command line named it, by name or id.
std::string deleted_text(std::string_view json, std::string_view kind, std::string_view named,
                         Width width = {});
std::string assignments_text(std::string_view json, Width width = {});
/// The assignments that a user has, directly and through groups; of a disabled one a line in front says so.
std::string effective_text(std::string_view json, const messages::User& user, Width width = {});
/// What an import did or would do, its changes in front.
std::string import_text(std::string_view json, Width width = {});
/// Lines of an import that were left out, and those that found no match; for stderr.
std::string left_out_text(std::string_view json);

}  // namespace dirsync::ctl
