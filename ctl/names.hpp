#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "api/messages/rows.hpp"
#include "ctl/commands.hpp"

namespace dirsync::ctl {

/// The only user or group of the store that a name means: by its name, with or without the part from the '@'
/// on, its id or externalId, its e-mail address or displayName. `kind`: `user`, `group`, or empty for both.
/// nullopt: no row fits. refused: several fit, and the message names them.
Result<std::optional<messages::NameMatch>> meant(const std::string& socket, const std::string& name,
                                                 std::string_view kind);

/// The answer to a GET about a user or group; `target_of` makes its path from a name. After a 404 it is sent
/// again with the id of the row that the name means. nullopt: that failed; the reason was printed, and `code`
/// is the exit code.
std::optional<Answer> answer_about(const Options& options, const std::string& name, std::string_view kind,
                                   const std::function<std::string(const std::string&)>& target_of,
                                   int& code);

}  // namespace dirsync::ctl
