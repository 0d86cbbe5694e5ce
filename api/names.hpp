#pragma once

#include <string>
#include <vector>

#include "api/messages/rows.hpp"
#include "core/error.hpp"
#include "core/task.hpp"
#include "engine/store/row_client.hpp"
#include "model/plan.hpp"

namespace dirsync::api {

/// The users and groups of the store that a name means. A userName, a group's displayName, an id or an
/// externalId means exactly its row. Any other name means each row that has it as e-mail address, as
/// displayName, or in front of the '@' of its name; the list is cut at twenty. `kind`: `user`, `group`, or
/// empty for both.
Task<Result<std::vector<messages::NameMatch>>> matches(sync::RowClient& rows, std::string name,
                                                       std::string kind);

/// refused: a name, quoted, fits several rows, whose names follow.
Error fits_several(const std::string& quoted, const std::vector<std::string>& names);

/// The id of the only run whose id begins with this text of four or more hexadecimal digits. If no id does,
/// or the text is something else, the text itself. refused: several ids do, and the message names them.
Task<Result<std::string>> run_called(sync::RowClient& rows, std::string text);
/// The same, given the runs whose ids begin with it.
Result<std::string> only_run(const std::string& text, const std::vector<RowId>& runs);
/// The same of a hold.
Result<std::string> hold_called(const std::vector<sync::Hold>& holds, const std::string& text);

}  // namespace dirsync::api
